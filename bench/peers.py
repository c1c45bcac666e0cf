"""Gateways that serve HTTP/1, HTTP/2 and gRPC, with and without TLS, and the clients that load them."""
import base64
import json
import math
import os
import re
import resource
import shutil
import subprocess
import threading
import time

import ruler
from ruler import Bench, Gateway

HOST, CALLS_HOST = 'h0.example.com', 'calls.example.com'
ENVOY = os.path.expanduser('~/.cache/jigress-test/envoy')
FILES = 65536   # open files, where root may have as many
CIPHER = 'TLS_AES_128_GCM_SHA256'


class ProtocolBench(Bench):
    """With a certificate, an upstream for gRPC and one for long bodies."""

    def __init__(self, args):
        missing = [tool for tool in ('h2load', 'openssl', 'curl') if not shutil.which(tool)]
        if missing:
            ruler.fail(f"needs {', '.join(missing)}. On Debian: apt-get install nghttp2-client openssl curl libssl-dev")
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))
        except (OSError, ValueError):
            pass  # not root: as many as there are
        super().__init__(args)
        self.files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.conditions['versions'].update(h2load=ruler.first_line('h2load', '--version'), openssl=ruler.first_line('openssl', 'version'))
        if 'envoy' in getattr(args, 'gateways', ()):
            self.conditions['versions']['envoy'] = ruler.first_line(envoy(), '--version').rpartition(' ')[2]
        compile_tool(self, 'tls', '-lssl', '-lcrypto')
        compile_tool(self, 'calls')
        compile_tool(self, 'bulk')
        self.calls, self.bulk = next(self.ports), next(self.ports)
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-keyout',
                        'key.pem', '-out', 'certificate.pem', '-subj', '/CN=*.example.com', '-addext', 'subjectAltName=DNS:*.example.com'],
                       check=True, cwd=self.work, stderr=subprocess.DEVNULL)
        with open(f'{self.work}/both.pem', 'w') as both:
            both.write(self.text('certificate.pem') + self.text('key.pem'))

    def __enter__(self):
        super().__enter__()
        for tool, port in (('calls', self.calls), ('bulk', self.bulk)):
            self.wait_for_port(port, self.start([f'{self.work}/{tool}', str(port)], ruler.LOAD_CORE))
        return self

    def text(self, name):
        with open(f'{self.work}/{name}') as file:
            return file.read()


class Peer(Gateway):
    """`port` serves HTTP/1 and `clear` HTTP/2, both without TLS; `tls` serves both over TLS."""

    def __init__(self, bench, kind, name=None, hosts=100, paths=10, options=()):
        self.clear = next(bench.ports)
        self.tls = next(bench.ports)
        self.counts = {}
        super().__init__(bench, kind, name or kind, hosts, paths, options)

    def conf(self, name, **values):
        return super().conf(name, CLEAR=self.clear, TLS=self.tls, CALLS=self.bench.calls, BULK=self.bench.bulk, FILES=self.bench.files,
                            CONNECTIONS=self.bench.files // 2 - 200, **values)

    def _nginx(self):
        places = ' '.join(f'location /svc{p} {{ proxy_pass http://u; }}' for p in range(self.paths))
        bulk = 'location /bulk { proxy_pass http://bulk; proxy_buffering off; proxy_request_buffering off; }'
        listen = f'listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self.clear} http2; listen 127.0.0.1:{self.tls} ssl http2;'
        servers = '\n'.join(f"  server {{ {listen} server_name h{h}.example.com; {places} {bulk if h == 0 else ''} }}" for h in range(self.hosts))
        servers += f'\n  server {{ {listen} server_name {CALLS_HOST}; location /bench.Echo/ {{ grpc_pass grpc://calls; }} }}'
        return ['nginx', '-c', self._file(f'nginx-{self.port}.conf', self.conf('protocols-nginx.conf', SERVERS=servers))]

    def _haproxy(self):
        self._file(f'haproxy-{self.port}.map', ''.join(f'h{h}.example.com/svc{p} b\n' for h in range(self.hosts) for p in range(self.paths)))
        return ['haproxy', '-db', '-f', self._file(f'haproxy-{self.port}.cfg', self.conf('protocols-haproxy.cfg'))]

    def _envoy(self):
        def route(prefix, cluster):
            return {'match': {'prefix': prefix}, 'route': {'cluster': cluster, 'timeout': '0s'}}

        hosts = [{'name': 'calls', 'domains': [CALLS_HOST], 'routes': [route('/bench.Echo/', 'calls')]}] + [{'name': f'h{h}', 'domains': [f'h{h}.example.com'],
                  'routes': ([route('/bulk', 'bulk')] if h == 0 else []) + [route(f'/svc{p}', 'u') for p in reversed(range(self.paths))]} for h in range(self.hosts)]
        return [envoy(), '-c', self._file(f'envoy-{self.port}.yaml', self.conf('protocols-envoy.yaml', HOSTS=json.dumps(hosts))),
                '--concurrency', '1', '--disable-hot-restart', '-l', 'error']

    def _jigress(self):
        self.folder = f'{self.bench.work}/jigress-{self.port}'
        self.clear = self.port
        encoded = {key: base64.b64encode(self.bench.text(name).encode()).decode() for key, name in (('CERTIFICATE', 'certificate.pem'), ('KEY', 'key.pem'))}
        self._file(f'jigress-{self.port}/base.yaml', self.conf('protocols-jigress.yaml', **encoded))
        for h in range(self.hosts):
            self._file(f'jigress-{self.port}/routes/h{h}.yaml',
                       '---\n'.join(super(Peer, self).conf('jigress-route.yaml', HOST=h, PATH=p) for p in range(self.paths)))
        return [self.bench.jigress, 'run', '--config', self.folder, '--set', 'admin.address=off', '--set', 'timeouts.client.idle=1h', '--set',
                f'limits.connections={self.bench.files // 2 + 1000}'] + self.options

    def loaded(self, shape, seconds, count=None):
        return shape(self, seconds, count)


class H2load:
    """Requests by h2load: `streams` at once on each of `connections`. With a count it ends when all are answered, else after `seconds`."""

    def __init__(self, what, port, connections, streams=1, target='/b1k', http1=False, call=False):
        self.what, self.port, self.connections, self.streams, self.target, self.http1, self.call = what, port, connections, streams, target, http1, call

    def __call__(self, gateway, seconds, count):
        port, scheme = getattr(gateway, self.port), 'https' if self.port == 'tls' else 'http'
        targets = ['/bench.Echo/Say'] if self.call else [f'/svc{p}{self.target}' for p in range(gateway.paths)]
        uris = gateway._file('uris', ''.join(f'{scheme}://{CALLS_HOST if self.call else HOST}{target}\n' for target in targets))
        command = ['taskset', '-c', ruler.LOAD_CORE, 'h2load', '-i', uris, f'--connect-to=127.0.0.1:{port}', '-c', str(self.connections), '-m', str(self.streams)]
        command += ['-n', str(count)] if count else ['-D', str(math.ceil(seconds))]
        if scheme == 'https':
            command += [f'--tls13-ciphers={CIPHER}', '--groups=X25519']
        if self.http1:
            command.append('--h1')
        if self.call:
            command += ['-d', gateway._file('message', '\0\0\0\0\x64' + 'x' * 100), '-H', 'content-type: application/grpc', '-H', 'te: trailers',
                        '-H', 'user-agent: grpc-c/1.0', '-H', 'grpc-accept-encoding: gzip']
        else:
            with open(ruler.FIELDS) as fields:
                for field in fields.read().splitlines():
                    command += ['-H', field.replace('User-Agent', 'user-agent')]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        counted = re.search(r'(\d+) total, .* (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout', done.stdout)
        speed = re.search(r'finished in .*, ([0-9.]+) req/s', done.stdout)
        data = re.search(r'\((\d+)\) data', done.stdout)
        statuses = re.search(r'status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx', done.stdout)
        if done.returncode or not counted or not speed or not statuses or not data:
            ruler.fail(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        total, finished, succeeded, failed, *_ = map(int, counted.groups())
        wrong = sum(map(int, statuses.groups()[1:]))
        # When a run ends by time, requests that are in flight at that moment have not failed.
        errors = (count - succeeded if count else failed) - wrong
        size = 105 if self.call else 16384 if '16k' in self.target else 1024
        if count and int(data.group(1)) != succeeded * size:   # a gateway's own error in a call of gRPC has status 200
            ruler.fail(f'{gateway.name} answered {succeeded} requests with {data.group(1)} bytes (expected: {size} each)')
        return {'requests': finished, 'rps': float(speed.group(1)), 'errors': max(0, errors), 'not_ok': wrong}


class Handshakes:
    """Connections by `tls`, one request of 128 bytes on each."""

    def __init__(self, what, resume):
        self.what, self.resume = what, resume

    def __call__(self, gateway, seconds, count):
        return handshakes(gateway.bench, gateway.tls, seconds, *(['-r'] if self.resume else []))


def handshakes(bench, port, seconds, *more):
    out = subprocess.run(['taskset', '-c', ruler.LOAD_CORE, f'{bench.work}/tls', '-p', str(port), '-n', HOST, '-s', f'{seconds:g}', *more],
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(out)


class Held:
    """Connections over TLS that stay open, each of which was used once."""

    def __init__(self, gateway, count, http2):
        command = ['taskset', '-c', ruler.LOAD_CORE, f'{gateway.bench.work}/tls', '-p', str(gateway.tls), '-n', HOST, '-H', str(count)]
        self.process = subprocess.Popen(command + (['-2'] if http2 else []), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != 'held\n':
            ruler.fail(f'{gateway.name} does not hold {count} connections:\n{gateway.bench.log_tail()}')

    def __enter__(self):
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.process.communicate()


class Peak(threading.Thread):
    """The highest memory of a process while something runs."""

    def __init__(self, pid, pause=.1):
        super().__init__(daemon=True)
        self.pid, self.pause, self.most, self.over = pid, pause, 0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def run(self):
        while not self.over.wait(self.pause):
            self._look()

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self._look()

    def _look(self):
        self.most = max(self.most, ruler.pss_mib(self.pid))


def compile_tool(bench, tool, *libraries):
    subprocess.run(['gcc', '-O2', '-pthread', '-o', f'{bench.work}/{tool}', f'{ruler.HERE}/c/{tool}.c', *libraries], check=True)


def envoy():
    """Its program, or None."""
    for path in (os.environ.get('ENVOY'), shutil.which('envoy'), f'{ENVOY}/envoy/_bin/envoy'):
        if path and os.access(path, os.X_OK):
            return path
    return None
