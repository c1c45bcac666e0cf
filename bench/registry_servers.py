"""Real registries for bench/registries, and the program that changes them and listens beside the gateway."""
import glob
import http.client
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import ruler
from clusters import Relay

RESOURCES = os.path.join(ruler.ROOT, 'app', 'src', 'test', 'resources')
CACHE = os.path.expanduser('~/.cache/jigress-test')
PATIENCE = 180
NACOS = """
server.address=127.0.0.1
nacos.core.auth.system.type=nacos
nacos.core.auth.enabled=false
nacos.core.auth.admin.enabled=false
nacos.core.auth.server.identity.key=k
nacos.core.auth.server.identity.value=v
nacos.core.auth.plugin.nacos.token.secret.key=VGhpc0lzTXlDdXN0b21TZWNyZXRLZXkwMTIzNDU2Nzg=
nacos.server.main.port={port}
nacos.server.contextPath=/nacos
nacos.k8s.sync.enabled=false
spring.autoconfigure.exclude=org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration
"""
ZOOKEEPER = """
dataDir={data}
clientPort={port}
clientPortAddress=127.0.0.1
tickTime=1000
maxClientCnxns=0
admin.enableServer=false
forceSync=no
"""
JVM = ['-Xms64m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']


PORTS = iter(range(31000, 32700, 7))   # each is given away once, since servers are started later


def free_ports(neighbours=(0,)):
    """A port that is free together with those at these distances, which are less than 7 or far away."""
    for port in PORTS:
        try:
            for distance in neighbours:
                with socket.socket() as one:
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    one.bind(('127.0.0.1', port + distance))
        except OSError:
            continue
        return port
    ruler.fail('no ports are free')


def jars(*artifacts):
    """Those of the newest versions in the local repository, where the tests have put them."""
    repository = os.path.expanduser('~/.m2/repository')
    return [jar for artifact in artifacts for jar in sorted(glob.glob(f'{repository}/{artifact}/*/*.jar'))[-1:]]


def maven_class_path(folder, resources, boot):
    """The jars of a server of the tests, by Maven, with its main class compiled."""
    os.makedirs(folder, exist_ok=True)
    shutil.copy(f'{RESOURCES}/{resources}/pom.xml', folder)
    jars = f'{folder}/class-path.txt'
    for offline in (['-o'], []):
        done = subprocess.run(['mvn', '-B', *offline, '-f', f'{folder}/pom.xml', 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath',
                               f'-Dmdep.outputFile={jars}'], stdout=subprocess.PIPE, text=True)
        if done.returncode == 0:
            break
    else:
        ruler.fail(f'Maven does not find the jars of {resources}:\n{done.stdout[-1000:]}')
    found = open(jars).read().strip().split(os.pathsep)
    # The jars of Nacos include two versions of Hessian under different names; the server needs the newer one.
    path = os.pathsep.join([jar for jar in found if 'caucho' in jar] + found)
    classes = f'{folder}/classes'
    os.makedirs(classes, exist_ok=True)
    subprocess.run([f'{ruler.java_home()}/bin/javac', '-nowarn', '-proc:none', '--release', '17', '-cp', path, '-d', classes, f'{RESOURCES}/{resources}/{boot}.java'],
                   check=True)
    return f'{classes}{os.pathsep}{path}'


class Server:
    """A registry as a process."""

    def __init__(self, bench):
        self.bench, self.folder = bench, f'{bench.work}/{self.kind}'
        self.process = None
        os.makedirs(self.folder, exist_ok=True)

    @property
    def address(self):
        return f'127.0.0.1:{self.port}'

    def start(self):
        """Returns when it is ready."""
        self.process = self.bench.start(self.command(), ruler.LOAD_CORE)
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                ruler.fail(f'{self.kind} does not come up:\n{self.bench.log_tail()}')
            time.sleep(.01)
        return self

    def is_ready(self):
        try:
            connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=2)
            connection.request('GET', self.ready)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self):
        self.bench.signal(self.process, signal.SIGKILL)
        self.process.wait()
        self.bench.started.remove(self.process)

    def freeze(self):
        self.bench.signal(self.process, signal.SIGSTOP)

    def thaw(self):
        self.bench.signal(self.process, signal.SIGCONT)

    def lose(self):
        """Forgets what it has stored, while it is down."""


class Nacos(Server):
    kind = 'nacos'

    def __init__(self, bench):
        self.port = free_ports((0, 1000, 1001, -1000))
        super().__init__(bench)
        self.path = maven_class_path(self.folder, 'nacos-server', 'NacosBoot')
        with open(f'{self.folder}/classes/application.properties', 'w') as file:
            file.write(NACOS.format(port=self.port))

    def command(self):
        opened = [word for package in ('lang', 'util', 'math') for word in ('--add-opens', f'java.base/java.{package}=ALL-UNNAMED')]
        return [f'{ruler.java_home()}/bin/java', *JVM, '-Xmx1g', '-Dnacos.standalone=true', f'-Dnacos.home={self.folder}', f'-Duser.home={self.folder}',
                f'-Dderby.stream.error.file={self.folder}/derby.log', '-Dnacos.inetutils.ip-address=127.0.0.1', *opened, '-cp', self.path, 'NacosBoot']

    def is_ready(self):
        try:   # by gRPC too, which starts before the HTTP API
            socket.create_connection(('127.0.0.1', self.port + 1000), 1).close()
            connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=2)
            connection.request('GET', '/nacos/v3/client/ns/instance/list?serviceName=none')
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False


class ZooKeeper(Server):
    kind = 'zookeeper'

    def __init__(self, bench):
        self.port, self.round = free_ports(), 0
        super().__init__(bench)

    def command(self):
        data = f'{self.folder}/data{self.round}'
        os.makedirs(data, exist_ok=True)
        with open(f'{self.folder}/zoo.cfg', 'w') as file:
            file.write(ZOOKEEPER.format(port=self.port, data=data))
        more = jars('io/dropwizard/metrics/metrics-core', 'org/xerial/snappy/snappy-java')
        return [f'{ruler.java_home()}/bin/java', *JVM, '-Xmx512m', '-Dzookeeper.admin.enableServer=false', '-Dzookeeper.forceSync=no', '-cp',
                os.pathsep.join([ruler.library(self.bench.args), *more]), 'org.apache.zookeeper.server.ZooKeeperServerMain', f'{self.folder}/zoo.cfg']

    def is_ready(self):
        try:
            socket.create_connection(('127.0.0.1', self.port), 1).close()
            return True
        except OSError:
            return False

    def lose(self):
        self.round += 1


class Consul(Server):
    kind, ready = 'consul', '/v1/health/service/consul'

    def __init__(self, bench):
        self.binary = f'{CACHE}/consul/consul'
        if not os.access(self.binary, os.X_OK):
            ruler.fail(f'needs Consul 1.14 as {self.binary}; see bench/README.md')
        self.port = free_ports(range(7))
        super().__init__(bench)

    def command(self):
        ports = [f'-{name}-port={self.port + distance}' for distance, name in
                 enumerate(('http', 'grpc', 'dns', 'server', 'serf-lan', 'serf-wan'))]
        return [self.binary, 'agent', '-dev', '-bind', '127.0.0.1', *ports, '-grpc-tls-port=-1', '-log-level', 'error', '-hcl', 'disable_update_check=true']


class Eureka(Server):
    kind, ready = 'eureka', '/eureka/apps'

    def __init__(self, bench):
        self.port = free_ports()
        super().__init__(bench)
        self.path = maven_class_path(self.folder, 'eureka-server', 'EurekaBoot')

    def command(self):
        return [f'{ruler.java_home()}/bin/java', *JVM, '-Xmx256m', f'-Duser.home={self.folder}', '-cp', self.path, 'EurekaBoot', f'--server.port={self.port}',
                '--server.address=127.0.0.1', '--eureka.client.register-with-eureka=false', '--eureka.client.fetch-registry=false',
                '--eureka.server.response-cache-update-interval-ms=200', '--eureka.server.enable-self-preservation=false']


class Dns:
    """The driver itself is the name server."""
    kind = 'dns'

    def __init__(self, bench):
        self.port = free_ports()
        self.address = f'127.0.0.1:{self.port}'

    def start(self):
        return self


class RegistryRelay(Relay):
    """A relay before a registry, with all of its ports that clients use."""

    def __init__(self, bench, server):
        distances = (0, 1000) if server.kind == 'nacos' else (0,)
        self.bench, self.port, self.file = bench, free_ports(distances), f'{bench.work}/relay-{server.kind}.cfg'
        with open(self.file, 'w') as file:
            file.write('defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n')
            for distance in distances:
                file.write(f'listen relay{distance}\n  bind 127.0.0.1:{self.port + distance}\n  server registry 127.0.0.1:{server.port + distance}\n')
        self.up()


SERVERS = {kind.kind: kind for kind in (Nacos, ZooKeeper, Consul, Eureka, Dns)}


def compiled_driver(bench):
    """The class path of the driver."""
    library = ruler.library(bench.args)
    return ruler.compiled(sorted(glob.glob(f'{ruler.SOURCES}/registry/*.java')), library, '', f'{bench.work}/driver')


class Driver:
    """Applications and a client beside the gateway, in one process (src/main/java/io/jigress/bench/registry)."""

    def __init__(self, bench, path, server):
        logging = f'{bench.work}/logback-quiet'
        os.makedirs(logging, exist_ok=True)
        with open(f'{logging}/logback.xml', 'w') as quiet:
            quiet.write('<configuration><root level="OFF"/></configuration>')
        with open(f'{bench.work}/driver.log', 'ab') as log:
            self.process = subprocess.Popen(
                ['taskset', '-c', ruler.LOAD_CORE, f'{ruler.java_home()}/bin/java', *JVM, '-Xmx512m', f'-Duser.home={bench.work}', f'-DJM.LOG.PATH={bench.work}', '-cp',
                 f'{logging}:{path}', 'io.jigress.bench.registry.RegistryDriver', server.kind, server.address],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, process_group=0)
        bench.started.append(self.process)
        self.answers, self.heard, self.changed = queue.Queue(), [], threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()
        self._answer('start')

    def _read(self):
        for line in self.process.stdout:
            word, *rest = line.split() or ['']   # libraries may print lines of their own
            if word in ('heard', 'told'):
                with self.changed:
                    if word == 'told':
                        self.heard.append((int(rest[0]) / 1e9, None))
                    else:
                        ports = {int(port) for port in rest[2].split(',')} if len(rest) > 2 else set()
                        self.heard.append((int(rest[1]) / 1e9, ports))
                    self.changed.notify_all()
            elif word in ('done', 'failed', 'ready'):
                self.answers.put((word, rest))

    def _answer(self, line, patience=PATIENCE + 10):
        try:
            word, rest = self.answers.get(timeout=patience)
        except queue.Empty:
            ruler.fail(f'the driver does not answer to: {line}')
        if word == 'failed':
            ruler.fail(f"{line}: {' '.join(rest)}")
        return rest

    def send(self, line):
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()

    def ask(self, line, patience=PATIENCE + 10):
        self.send(line)
        return self._answer(line, patience)

    def change(self, line):
        """When the change began and when the registry had accepted it, by the monotonic clock."""
        began, ended = self.ask(line)
        return int(began) / 1e9, int(ended) / 1e9

    def heard_since(self, began, is_it, patience=60):
        """When the client beside the gateway first heard, after `began`, of ports for which `is_it` holds."""
        deadline = time.monotonic() + patience
        with self.changed:
            while True:
                for when, ports in self.heard:
                    if when >= began and is_it(ports):
                        return when
                if not self.changed.wait(max(0, deadline - time.monotonic())) and time.monotonic() > deadline:
                    ruler.fail(f'{self.process.args[-2]}: the client beside the gateway did not hear of a change within {patience} s')


class Poller:
    """Requests one after the other on one connection; tells which upstream answered."""

    def __init__(self, port, target):
        self.port, self.request = port, f'GET {target} HTTP/1.1\r\nHost: h0.example.com\r\n\r\n'.encode()
        self.socket = None

    def ask(self):
        """When the request was sent, when it was answered, the status, the name of the upstream, and the field x-change."""
        sent = time.monotonic()
        try:
            if self.socket is None:
                self.socket = socket.create_connection(('127.0.0.1', self.port), 10)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket.sendall(self.request)
            data = self.socket.recv(65536)
            while b'\r\n\r\n' not in data:
                data += self._more()
            head, _, body = data.partition(b'\r\n\r\n')
            length = int(re.search(rb'(?i)\r\ncontent-length: *(\d+)', head).group(1))
            while len(body) < length:
                body += self._more()
        except (OSError, AttributeError):
            if self.socket:
                self.socket.close()
            self.socket = None
            return sent, time.monotonic(), 0, '', ''
        fields = dict(re.findall(r'(?i)\r\n(server|x-change): *([^\r]*)', head.decode('latin-1')))
        fields = {name.lower(): value for name, value in fields.items()}
        status = int(head[9:12])
        return sent, time.monotonic(), status, fields.get('server', ''), fields.get('x-change', '') if status == 200 else body.decode(errors='replace')

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise OSError('closed')
        return data
