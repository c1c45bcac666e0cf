"""Shared by the measuring commands: gateways to start, load to put on them, and the record of a run.

The gateway under test runs on the first core, the load and the upstream on the second; all of it on the loopback interface.
"""
import datetime
import fcntl
import json
import os
import platform
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
FIELDS = os.path.join(HERE, 'conf', 'browser-fields.txt')
TICKS = os.sysconf('SC_CLK_TCK')
GATEWAY_CORE, LOAD_CORE = '0', '1'
FIRST_PORT = 21000  # below the ports that the kernel hands out by itself


# JVM options for benchmarks that run in one JVM, the same as the launcher's.
JVM = ['--enable-native-access=ALL-UNNAMED', '--sun-misc-unsafe-memory-access=allow', '-Dio.netty.noUnsafe=false', '-Dio.netty.iouring.pollAddMultishotEnabled=false',
       '-Dio.netty.allocator.directMemoryCacheAlignment=64',
       '-XX:+UseParallelGC', '-Xms64m', '-Xmx512m', '-XX:+UseCompactObjectHeaders', '-Xlog:disable', '-Xlog:all=error:stderr']
SOURCES = f'{HERE}/src/main/java/io/jigress/bench'


def fail(why):
    sys.exit(f'{os.path.basename(sys.argv[0])}: {why}')


class Bench:
    """A working folder, the upstream, and all processes that were started; ends them on exit."""

    first_port = FIRST_PORT

    def __init__(self, args):
        need_tools()
        self.turn = alone()
        self.args = args
        self.conditions = conditions(args)
        resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
        own_scheduler_group()
        self.work = tempfile.mkdtemp(prefix='jigress-bench-')
        self.jigress = args.jigress
        self.ports = iter(range(self.first_port, self.first_port + 1000))
        self.started = []
        for tool in ('load', 'upstream'):
            subprocess.run(['gcc', '-O2', '-o', f'{self.work}/{tool}', f'{HERE}/c/{tool}.c'], check=True)
        self.upstream = next(self.ports)

    def __enter__(self):
        self.upstream_process = self.start([f'{self.work}/upstream', str(self.upstream)], LOAD_CORE)
        self.wait_for_port(self.upstream, self.upstream_process)
        return self

    def __exit__(self, *_):
        for process in self.started:
            self.signal(process, signal.SIGTERM)
        deadline = time.monotonic() + 10
        for process in self.started:
            try:
                process.wait(max(.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.signal(process, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.work, ignore_errors=True)
        # Not by closing it: the parent that own_scheduler_group left has it open too.
        fcntl.flock(self.turn, fcntl.LOCK_UN)
        self.turn.close()

    def record(self, scenario, results):
        record(scenario, self.args, results, self.conditions)

    @staticmethod
    def signal(process, number):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass

    def stop(self, process):
        self.signal(process, signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            self.signal(process, signal.SIGKILL)
            process.wait()
        self.started.remove(process)

    def start(self, command, core, environment=None):
        pinned = ['taskset', '-c', core] + command if core else command
        log = open(f'{self.work}/log', 'ab')
        process = subprocess.Popen(pinned, stdout=log, stderr=log, cwd=self.work, process_group=0,
                                   env={**os.environ, **(environment or {})})
        self.started.append(process)
        return process

    def wait_for_port(self, port, process, seconds=120):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                fail(f'{process.args} ended with {process.returncode}:\n{self.log_tail()}')
            try:
                socket.create_connection(('127.0.0.1', port), 1).close()
                return
            except OSError:
                time.sleep(.002)
        fail(f'nothing listens on port {port} after {seconds} s:\n{self.log_tail()}')

    def log_tail(self):
        with open(f'{self.work}/log', errors='replace') as file:
            return ''.join(file.readlines()[-20:])

    def load(self, port, target='/b1k', connections=64, seconds=4, rate=0, fields=True, hosts=0, paths=0):
        """Requests with the header fields of a browser, with those of the file `fields`, or with none (False)."""
        command = ['taskset', '-c', LOAD_CORE, f'{self.work}/load', '-p', str(port), '-t', target, '-c', str(connections),
                   '-s', str(seconds), '-r', str(rate), '-h', str(hosts), '-n', str(paths)]
        command += ['-f', FIELDS if fields is True else fields] if fields else []
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def loaded(self, *args, **kwargs):
        return finished(self.load(*args, **kwargs))


class Gateway:
    """One of the compared programs, with its own port and `hosts` x `paths` routes: h0.example.com/svc0, …"""

    def __init__(self, bench, kind, name, hosts, paths, options=()):
        self.bench, self.kind, self.name, self.hosts, self.paths, self.options = bench, kind, name, hosts, paths, list(options)
        self.port = next(bench.ports)
        self.process = None
        self.environment = {}
        self.command = getattr(self, f'_{kind}')()

    def start(self, core=GATEWAY_CORE):
        self.process = self.bench.start(self.command, core, self.environment)
        return self

    def started(self, core=GATEWAY_CORE):
        self.start(core)
        self.bench.wait_for_port(self.port, self.process)
        self.wait_for_answer()
        return self

    def wait_for_answer(self, seconds=120):
        """Waits until the last route is served: a listener may be open before all routes exist."""
        deadline = time.monotonic() + seconds
        target, host = f'/svc{self.paths - 1}/b128', f'h{self.hosts - 1}.example.com'
        while True:
            if self.process.poll() is not None:
                fail(f'{self.name} ended with {self.process.returncode}:\n{self.bench.log_tail()}')
            status = self.status_of(target, host)
            if status == 200:
                return
            if time.monotonic() > deadline:
                fail(f'{self.name} still answers {status} after {seconds} s:\n{self.bench.log_tail()}')
            time.sleep(.002)

    def status_of(self, target, host):
        """Returns 0 when there is no answer."""
        status = response_head(self.port, target, host)[9:12]
        return int(status) if status.isdigit() else 0

    def stop(self):
        self.bench.stop(self.process)
        self.process = None

    def load(self, **kwargs):
        return self.bench.load(self.port, hosts=self.hosts, paths=self.paths, **kwargs)

    def loaded(self, **kwargs):
        return self.bench.loaded(self.port, hosts=self.hosts, paths=self.paths, **kwargs)

    def measured(self, **kwargs):
        """Applies a load; returns CPU microseconds of the gateway per request, and the utilization of both cores."""
        used, load_used = cpu_seconds(self.process.pid), self._load_cpu()
        begin = time.monotonic()
        result = self.loaded(**kwargs)
        elapsed = time.monotonic() - begin
        used = [after - before for before, after in zip(used, cpu_seconds(self.process.pid))]
        requests = max(1, result['requests'])
        result.update(user_us=used[0] * 1e6 / requests, system_us=used[1] * 1e6 / requests, cpu_us=sum(used) * 1e6 / requests,
                      gateway_cpu_percent=100 * sum(used) / elapsed, load_cpu_percent=100 * (self._load_cpu() - load_used) / elapsed,
                      pss_mib=pss_mib(self.process.pid))
        return result

    def _load_cpu(self):
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return children.ru_utime + children.ru_stime + sum(cpu_seconds(self.bench.upstream_process.pid))

    def _file(self, name, text):
        path = f'{self.bench.work}/{name}'
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'w') as file:
            file.write(text)
        return path

    def conf(self, name, **values):
        with open(f'{HERE}/conf/{name}') as file:
            text = file.read()
        for key, value in {'WORK': self.bench.work, 'PORT': self.port, 'UPSTREAM': self.bench.upstream, **values}.items():
            text = text.replace(f'@{key}@', str(value))
        return text

    def _nginx(self):
        places = ' '.join(f'location /svc{p} {{ proxy_pass http://u; }}' for p in range(self.paths))
        servers = '\n'.join(f'  server {{ listen 127.0.0.1:{self.port}; server_name h{h}.example.com; {places} }}' for h in range(self.hosts))
        return ['nginx', '-c', self._file(f'nginx-{self.port}.conf', self.conf('nginx.conf', SERVERS=servers))]

    def _haproxy(self):
        self._file(f'haproxy-{self.port}.map', ''.join(f'h{h}.example.com/svc{p} b\n' for h in range(self.hosts) for p in range(self.paths)))
        return ['haproxy', '-db', '-f', self._file(f'haproxy-{self.port}.cfg', self.conf('haproxy.cfg'))]

    def _jigress(self):
        self.folder = f'{self.bench.work}/jigress-{self.port}'
        self._file(f'jigress-{self.port}/base.yaml', self.conf('jigress-base.yaml'))
        for h in range(self.hosts):
            self._file(f'jigress-{self.port}/routes/h{h}.yaml',
                       '---\n'.join(self.conf('jigress-route.yaml', HOST=h, PATH=p) for p in range(self.paths)))
        return [self.bench.jigress, 'run', '--config', self.folder, '--set', 'admin.address=off', '--set',
                'timeouts.client.idle=1h'] + self.options


def response_head(port, target, host, fields=''):
    """The status line and header fields of the response to a GET; empty when there is no answer."""
    try:
        with socket.create_connection(('127.0.0.1', port), 5) as connection:
            connection.settimeout(5)
            connection.sendall(f'GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n'.encode())
            return connection.recv(4096).partition(b'\r\n\r\n')[0].decode('latin-1')
    except OSError:
        return ''


def add_arguments(parser):
    parser.add_argument('--jigress', default=os.path.join(ROOT, 'jigress'), help='the launcher to run; default: the one of this checkout')
    parser.add_argument('--raw', default=os.path.join(HERE, 'raw'), help='the folder for raw results')


def finished(load):
    """What came of a load, when it has ended."""
    out, _ = load.communicate()
    return json.loads(out)


def need_tools():
    missing = [tool for tool in ('nginx', 'haproxy', 'gcc', 'taskset') if not shutil.which(tool)]
    if missing:
        fail(f"needs {', '.join(missing)} and found none. On Debian: apt-get install nginx haproxy gcc libc6-dev util-linux")
    if os.cpu_count() < 2:
        fail('needs two cores: one for the gateway, one for the load')


def alone():
    """Waits until no other benchmark runs on the machine: it would have the same ports and cores.

    :return: a file whose lock is the turn, until it is unlocked
    """
    turn = open(os.path.join(tempfile.gettempdir(), f'jigress-bench-{os.getuid()}.lock'), 'w')
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print('waiting for another benchmark to end', flush=True)
        fcntl.flock(turn, fcntl.LOCK_EX)
    return turn


def own_scheduler_group():
    """Linux shares cores between sessions, not processes: a session of our own, with a higher weight, is disturbed less by others."""
    if os.getsid(0) == os.getpid():
        return
    try:
        os.setsid()
    except OSError:
        child = os.fork()
        if child:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        os.setsid()
    try:
        with open('/proc/self/autogroup', 'w') as group:
            group.write('-20')
    except OSError:
        pass  # a kernel without autogroups, or not root: noisier, not wrong


def processes(pid):
    """A process and its descendants: nginx serves requests in a child process."""
    found = [pid]
    for task in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{task}/children') as children:
                for child in children.read().split():
                    found += processes(int(child))
        except OSError:
            pass  # ended meanwhile
    return found


def cpu_seconds(pid):
    """CPU time, user and system."""
    user = system = 0
    for process in processes(pid):
        with open(f'/proc/{process}/stat') as stat:
            fields = stat.read().rsplit(')', 1)[1].split()
        user, system = user + int(fields[11]), system + int(fields[12])
    return user / TICKS, system / TICKS


def pss_mib(pid):
    """PSS: resident memory, in which shared pages count by their share."""
    total = 0
    for process in processes(pid):
        with open(f'/proc/{process}/smaps_rollup') as rollup:
            total += sum(int(line.split()[1]) for line in rollup if line.startswith('Pss:'))
    return total / 1024


def first_line(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return 'none'
    return ((done.stdout + done.stderr).strip().splitlines() or ['none'])[0]


def java_home():
    """The JDK that the launcher would use."""
    for home in [os.environ.get('JIGRESS_JAVA_HOME', ''), os.environ.get('JAVA_HOME', '')] + sorted(
            f'/usr/lib/jvm/{name}' for name in os.listdir('/usr/lib/jvm')):
        try:
            with open(f'{home}/release') as release:
                version = next(line.split('"')[1] for line in release if line.startswith('JAVA_VERSION='))
        except (OSError, StopIteration):
            continue
        if int(version.split('.')[0]) >= 25:
            return home
    fail('needs a JDK 25 or later; set JIGRESS_JAVA_HOME to the folder of one')


def library(args):
    """The jars of the gateway; the launcher builds them when they are missing."""
    subprocess.run([args.jigress, 'settings'], check=True, stdout=subprocess.DEVNULL)
    home = os.path.dirname(os.path.abspath(args.jigress))
    found = [folder for folder in (f'{home}/lib', f'{home}/app/target/jigress/lib') if os.path.isdir(folder)]
    return found[0] + '/*'


def compiled(sources, library, processors, folder):
    options = ['-proc:full', '-processorpath', processors] if processors else ['-proc:none']
    subprocess.run([f'{java_home()}/bin/javac', '-nowarn', *options, '-cp', f'{library}:{processors}', '-d', folder, *sources], check=True)
    return f'{folder}:{library}' + (f':{processors}' if processors else '')


def machine():
    with open('/proc/cpuinfo') as info:
        model = next((line.split(':')[1].strip() for line in info if line.startswith('model name')), platform.machine())
    return {'cpu': model, 'cores': os.cpu_count(), 'kernel': platform.release(),
            'memory_gib': round(os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2 ** 30),
            'load_before': os.getloadavg()[0]}


def versions():
    return {'nginx': first_line('nginx', '-v'), 'haproxy': first_line('haproxy', '-v'),
            'java': first_line(f'{java_home()}/bin/java', '-version')}


def commit(launcher):
    """The commit of the checkout that is measured, with a `+` if files differ from it."""
    git = ['git', '-C', os.path.dirname(os.path.abspath(launcher))]
    changed = first_line(*git, 'status', '--porcelain', '-uno', '--', '*.java', '*.xml', 'jigress') != 'none'
    return first_line(*git, 'rev-parse', '--short=12', 'HEAD') + ('+' if changed else '')


def conditions(args):
    """Taken before a run: afterwards the load average is that of the run itself."""
    return {'commit': commit(args.jigress), 'machine': machine(), 'versions': versions()}


def record(scenario, args, results, conditions):
    """Writes the raw file of a run and says where."""
    date = datetime.datetime.now(datetime.timezone.utc)
    parameters = {key: value for key, value in vars(args).items() if key not in ('raw', 'jigress', 'before', 'corpus')}
    path = os.path.join(args.raw, f'{scenario}-{date:%Y-%m-%dT%H%M%S}.json')
    os.makedirs(args.raw, exist_ok=True)
    with open(path, 'w') as file:
        json.dump({'scenario': scenario, 'date': f'{date:%Y-%m-%d %H:%M} UTC', **conditions, 'parameters': parameters, 'results': results},
                  file, indent=1)
        file.write('\n')
    print(f'raw: {os.path.relpath(path)}', flush=True)


def median(rows, key=None):
    return statistics.median(row[key] if key else row for row in rows)
