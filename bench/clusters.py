"""A real API server (conformance/cluster) for the measurements of bench/kubernetes: its objects, its outages, and a relay before it."""
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import ruler

SCRIPT = os.path.join(ruler.ROOT, 'conformance', 'cluster')
GATEWAY_API = '/apis/gateway.networking.k8s.io/v1/namespaces/default'
SLICES = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices'
MERGE = 'application/merge-patch+json'
RELAY = """
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
frontend relay
  bind 127.0.0.1:{port}
  default_backend api
backend api
  server api 127.0.0.1:{target}
"""


def free_port(count=1):
    while True:
        with socket.socket() as one:
            one.bind(('127.0.0.1', 0))
            port = one.getsockname()[1]
        if count == 1:
            return port
        try:
            with socket.socket() as two:
                two.bind(('127.0.0.1', port + 1))
            return port
        except OSError:
            pass


def own_address():
    """An address of this machine, since API servers refuse endpoints on loopback; traffic to it does not leave the machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(('192.0.2.1', 9))  # sends nothing
            return probe.getsockname()[0]
        except OSError:
            ruler.fail('needs an address besides the loopback one, for endpoints')


class Api:
    """An API server as its administrator sees it; one connection for each instance, for one thread."""

    def __init__(self, state, port):
        self.token = open(f'{state}/token').read().strip()
        self.context = ssl.create_default_context(cafile=f'{state}/certs/apiserver.crt')
        self.connection = http.client.HTTPSConnection('127.0.0.1', port, context=self.context)

    def call(self, method, path, body=None, kind='application/json'):
        self.connection.request(method, path, body and json.dumps(body), {'Authorization': f'Bearer {self.token}', 'Content-Type': kind})
        response = self.connection.getresponse()
        data = response.read()
        if response.status >= 300:
            ruler.fail(f'{method} {path}: {response.status} {data[:300]!r}')
        return data

    def lines(self, path):
        self.connection.request('GET', path, headers={'Authorization': f'Bearer {self.token}'})
        response = self.connection.getresponse()
        while line := response.readline():
            yield line

    def is_ready(self):
        try:
            self.connection.request('GET', '/readyz', headers={'Authorization': f'Bearer {self.token}'})
            response = self.connection.getresponse()
            response.read()
            return response.status == 200
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return False


class Cluster:
    """etcd and kube-apiserver in a folder of their own."""

    def __init__(self, folder, core=None):
        self.state, self.core = f'{folder}/state', core
        self.port = free_port()
        etcd = free_port(2)
        environment = {**os.environ, 'JIGRESS_TEST_PARENT': str(os.getpid())}
        subprocess.run([*self._pinned(), SCRIPT, 'start', self.state, str(etcd), str(self.port)], check=True, env=environment, stdout=subprocess.DEVNULL)
        with open(f'/proc/{self._pid()}/cmdline', 'rb') as line:
            self.command = [word.decode() for word in line.read().split(b'\0')[:-1]]
        self.others = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.others:
            process.terminate()
        subprocess.run([SCRIPT, 'stop', self.state], check=False)

    def _pinned(self):
        return ['taskset', '-c', self.core] if self.core else []

    def _pid(self):
        return int(open(f'{self.state}/apiserver.pid').read())

    def api(self, port=None):
        return Api(self.state, port or self.port)

    def kubeconfig(self, port):
        """The path of a kubeconfig that leads to another port."""
        with open(f'{self.state}/kubeconfig') as file:
            text = file.read().replace(f'127.0.0.1:{self.port}', f'127.0.0.1:{port}')
        with open(f'{self.state}/kubeconfig-{port}', 'w') as file:
            file.write(text)
        return file.name

    def kill(self):
        pid = self._pid()
        os.kill(pid, signal.SIGKILL)
        while os.path.exists(f'/proc/{pid}') and open(f'/proc/{pid}/stat').read().rsplit(')', 1)[1].split()[0] != 'Z':
            time.sleep(.01)

    def restart(self):
        """After a kill; returns when the API server is ready."""
        process = self._run(self.port)
        with open(f'{self.state}/apiserver.pid', 'w') as file:
            file.write(f'{process.pid}\n')

    def second(self):
        """Another API server with the same data; returns its port."""
        port = free_port()
        self.others.append(self._run(port))
        return port

    def _run(self, port):
        command = [f'--secure-port={port}' if word.startswith('--secure-port=') else word for word in self.command]
        with open(f'{self.state}/apiserver-{port}.log', 'ab') as log:
            process = subprocess.Popen([*self._pinned(), *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.state, process_group=0)
        api, deadline = self.api(port), time.monotonic() + 60
        while not api.is_ready():
            if process.poll() is not None or time.monotonic() > deadline:
                ruler.fail(f'the API server does not come up: {open(log.name, errors="replace").read()[-1000:]}')
            time.sleep(.01)
        return process

    def requests(self, **labels):
        """How many requests with these labels the API server has answered since its start."""
        count = 0
        for line in self.api().call('GET', '/metrics').decode().splitlines():
            if line.startswith('apiserver_request_total{') and all(f'{name}="{value}"' in line for name, value in labels.items()):
                count += float(line.rsplit(' ', 1)[1])
        return int(count)


class Relay:
    """A TCP relay before the API server, which can be paused and cut."""

    def __init__(self, bench, target):
        self.bench, self.port = bench, free_port()
        self.file = f'{bench.work}/relay.cfg'
        with open(self.file, 'w') as file:
            file.write(RELAY.format(port=self.port, target=target))
        self.up()

    def up(self):
        self.process = self.bench.start(['haproxy', '-db', '-f', self.file], ruler.LOAD_CORE)
        self.bench.wait_for_port(self.port, self.process)

    def cut(self):
        self.bench.signal(self.process, signal.SIGKILL)
        self.process.wait()
        self.bench.started.remove(self.process)

    def pause(self):
        self.bench.signal(self.process, signal.SIGSTOP)

    def go_on(self):
        self.bench.signal(self.process, signal.SIGCONT)


class Client:
    """A client of the gateway on one connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection('127.0.0.1', port, timeout=10)

    def ask(self, host, path):
        """The status and the value of the header that routes set, or 0 and nothing."""
        try:
            self.connection.request('GET', path, headers={'Host': host})
            response = self.connection.getresponse()
            response.read()
            return response.status, response.headers.get('x-change', '')
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return 0, ''

    def status(self, host, path):
        return self.ask(host, path)[0]


def gateway_object(port):
    return {'apiVersion': 'gateway.networking.k8s.io/v1', 'kind': 'Gateway', 'metadata': {'name': 'main'},
            'spec': {'gatewayClassName': 'jigress', 'listeners': [{'name': 'http', 'port': port, 'protocol': 'HTTP'}]}}


def backend_object(port):
    return {'apiVersion': 'jigress.io/v1', 'kind': 'Backend', 'metadata': {'name': 'one'},
            'spec': {'endpoints': [{'address': '127.0.0.1', 'port': port}]}}


def service_object(name):
    return {'apiVersion': 'v1', 'kind': 'Service', 'metadata': {'name': name}, 'spec': {'ports': [{'port': 80}]}}


def slice_object(name, address, port):
    return {'apiVersion': 'discovery.k8s.io/v1', 'kind': 'EndpointSlice',
            'metadata': {'name': name, 'labels': {'kubernetes.io/service-name': name}}, 'addressType': 'IPv4',
            'ports': [{'name': '', 'port': port}], 'endpoints': [{'addresses': [address]}]}


def route_object(name, host, path, service=None, change=None):
    return {'apiVersion': 'gateway.networking.k8s.io/v1', 'kind': 'HTTPRoute', 'metadata': {'name': name},
            'spec': {'parentRefs': [{'name': 'main'}], 'hostnames': [host], 'rules': rules(path, service, change)}}


def rules(path, service=None, change=None):
    """A rule to a Service, or to the Backend; with a change its responses carry it as x-change."""
    backend = {'name': service, 'port': 80} if service else {'group': 'jigress.io', 'kind': 'Backend', 'name': 'one'}
    rule = {'matches': [{'path': {'type': 'PathPrefix', 'value': path}}], 'backendRefs': [backend]}
    if change is not None:
        rule['filters'] = [{'type': 'ResponseHeaderModifier', 'responseHeaderModifier': {'set': [{'name': 'x-change', 'value': str(change)}]}}]
    return [rule]


def place(i):
    """The host and path of a route of the load: ten paths on each host, as c/load.c draws them."""
    return f'h{i // 10}.example.com', f'/svc{i % 10}'


def create(cluster, path, objects):
    """Creates many objects, on four connections."""
    items, lock = iter(objects), threading.Lock()

    def work():
        mine = cluster.api()
        while True:
            with lock:
                item = next(items, None)
            if item is None:
                return
            mine.call('POST', path, item)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
