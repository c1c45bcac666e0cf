"""Gateways that run plugins, Jigress and Envoy, each plugin on a route or a listener of its own, and their CPU time to the nanosecond."""
import glob
import json
import os
import time
import zipfile

import peers
import ruler
from ruler import Bench, Gateway

PLUGINS = os.path.expanduser('~/.cache/jigress-test')
TYPES = 'type.googleapis.com/envoy.extensions.filters'
JIT = ('C1 CompilerThre', 'C2 CompilerThre')   # names of threads have 15 characters
PLAIN = 'plain'   # the route without a plugin
ENVOY_LUA = "function envoy_on_request(handle) local h = handle:headers() h:replace('x-copy', h:get('x-user')) end"
OPENRESTY_LUA = "access_by_lua_block { ngx.req.set_header('x-copy', ngx.var.http_x_user) }"


class PluginBench(Bench):
    """With the jar of the plugins that do nothing, and requests that have the field that the other plugins read."""

    first_port = 23000

    def __init__(self, args):
        super().__init__(args)
        self.envoy = peers.envoy()
        if self.envoy:
            self.conditions['versions']['envoy'] = ruler.first_line(self.envoy, '--version').rpartition(' ')[2]
        self.fields = f'{self.work}/fields.txt'
        with open(ruler.FIELDS) as browser, open(self.fields, 'w') as fields:
            fields.write(browser.read() + 'x-user: 7\n')
        self.jar = self._jar()

    def _jar(self):
        """JarPlugins of src/main/java/io/jigress/bench."""
        classes, jar = f'{self.work}/classes', f'{self.work}/plugins.jar'
        os.mkdir(classes)
        ruler.compiled([f'{ruler.SOURCES}/JarPlugins.java'], ruler.library(self.args), '', classes)
        with zipfile.ZipFile(jar, 'w') as out:
            for path in glob.glob(f'{classes}/**/*.class', recursive=True):
                out.write(path, os.path.relpath(path, classes))
            out.writestr('META-INF/services/io.jigress.api.FilterFactory',
                         ''.join(f'io.jigress.bench.JarPlugins${name}\n' for name in ('EventFactory', 'BlockingFactory')))
        return jar


class Variant:
    """A plugin that is measured, in one or more copies on its route.

    :param spec: of Jigress's Plugin, without its targets
    :param envoys: makes Envoy's filter for a copy; None where Envoy cannot run it
    """

    def __init__(self, name, title, copies, spec, envoys=None):
        self.name, self.title, self.copies, self.spec, self.envoys = name, title, copies, spec, envoys


def jar(bench, kind, title, copies):
    return Variant(kind, title, copies, {'type': 'jar', 'url': f'file://{bench.jar}', 'factory': kind})


def wasm_spec(path):
    """With a deadline that calls keep before they are compiled by the JVM too: a plugin that fails is taken out, and never gets warm."""
    return {'type': 'wasm', 'url': f'file://{path}', 'rootId': 'greeting', 'config': 'hello', 'limits': {'deadline': '5s'}}


def module(name):
    """The path of a module of conformance/wasm-plugins; None where it is not built."""
    path = f'{PLUGINS}/wasm/{name}.wasm'
    return path if os.path.exists(path) else None


def wasm(name, title, copies, with_envoy=True):
    path = module(name)
    if not path:
        print(f'without the module {name}: build it by conformance/wasm-plugins/build {name}')
        return []

    def envoys(copy):   # a VM for each copy, as here
        return {'name': f'{name}-{copy}', 'typed_config': {'@type': f'{TYPES}.http.wasm.v3.Wasm', 'config': {
            'name': f'{name}-{copy}', 'root_id': 'greeting', 'configuration': {'@type': 'type.googleapis.com/google.protobuf.StringValue', 'value': 'hello'},
            'vm_config': {'vm_id': f'{name}-{copy}', 'runtime': 'envoy.wasm.runtime.v8', 'code': {'local': {'filename': path}}}}}}

    return [Variant(name, title, copies, wasm_spec(path), envoys if with_envoy else None)]


def lua_spec(script):
    return {'type': 'lua', 'script': script}


def lua(copies):
    def envoys(copy):
        return {'name': f'lua-{copy}', 'typed_config': {'@type': f'{TYPES}.http.lua.v3.Lua', 'default_source_code': {'inline_string': ENVOY_LUA}}}

    return [Variant('lua-envoy', "Lua, Envoy's form", copies, lua_spec(ENVOY_LUA), envoys),
            Variant('lua-openresty', "Lua, OpenResty's form", copies, lua_spec(OPENRESTY_LUA))]


def ext_proc():
    spec = {'type': 'process', 'protocol': 'ext_proc', 'backends': {'server': {'group': 'jigress.io', 'kind': 'Backend', 'name': 'server'}},
            'config': {'message_timeout': '5s'}}
    return Variant('ext-proc', 'ext_proc, both heads', 1, spec, lambda _: {'name': 'ext_proc', 'typed_config': {
        '@type': f'{TYPES}.http.ext_proc.v3.ExternalProcessor', 'message_timeout': '5s', 'grpc_service': {'envoy_grpc': {'cluster_name': 'server'}}}})


def an_object(kind, name, spec, group='jigress.io/v1'):
    return {'apiVersion': group, 'kind': kind, 'metadata': {'name': name, 'namespace': 'default'}, 'spec': spec}


def route(name):
    return an_object('HTTPRoute', name, {'parentRefs': [{'name': 'bench'}], 'rules': [{
        'matches': [{'path': {'type': 'PathPrefix', 'value': f'/{name}'}}],
        'backendRefs': [{'group': 'jigress.io', 'kind': 'Backend', 'name': 'upstream'}]}]}, 'gateway.networking.k8s.io/v1')


def plugin(name, spec, target):
    return an_object('Plugin', name, {**spec, 'targetRefs': [{'group': 'gateway.networking.k8s.io', 'kind': 'HTTPRoute', 'name': target}]})


class Host(Gateway):
    """Serves `/plain`, and each variant's plugin at `/NAME`.

    :param server: the port of an external processing server, or 0
    """

    def __init__(self, bench, kind, variants, server=0, options=(), routes=()):
        self.variants = [variant for variant in variants if kind == 'jigress' or variant.envoys]
        self.server, self.routes = server, [PLAIN, *(variant.name for variant in self.variants), *routes]
        self.compiling = {}   # thread -> CPU time
        super().__init__(bench, kind, kind, 0, 0, options)

    def _jigress(self):
        self.folder = f'{self.bench.work}/jigress-{self.port}'
        objects = [route(name) for name in self.routes]
        objects += [plugin(f'{variant.name}-{copy}', variant.spec, variant.name) for variant in self.variants for copy in range(variant.copies)]
        if self.server:
            objects.append(an_object('Backend', 'server', {'protocol': 'h2c', 'endpoints': [{'address': '127.0.0.1', 'port': self.server}]}))
        self._file(f'jigress-{self.port}/base.yaml', self.conf('jigress-base.yaml'))
        self.save('routes', objects)
        return [self.bench.jigress, 'run', '--config', self.folder, '--set', 'admin.address=off', '--set', 'timeouts.client.idle=1h'] + self.options

    def save(self, name, objects):
        """Writes a file of the configuration as editors do."""
        os.makedirs(self.folder, exist_ok=True)
        with open(f'{self.folder}/{name}.yaml~', 'w') as file:
            file.write('\n---\n'.join(json.dumps(each) for each in objects) + '\n')
        os.rename(f'{self.folder}/{name}.yaml~', f'{self.folder}/{name}.yaml')

    def _envoy(self):
        self.listeners = {PLAIN: self.port, **{variant.name: next(self.bench.ports) for variant in self.variants}}
        filters = {variant.name: [variant.envoys(copy) for copy in range(variant.copies)] for variant in self.variants}
        config = {'static_resources': {'listeners': [self._listener(name, port, filters.get(name, [])) for name, port in self.listeners.items()],
                                       'clusters': [self._cluster('upstream', self.bench.upstream)]}}
        if self.server:
            config['static_resources']['clusters'].append(self._cluster('server', self.server, {'typed_extension_protocol_options': {
                'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
                    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
                    'explicit_http_config': {'http2_protocol_options': {}}}}}))
        return [self.bench.envoy, '-c', self._file(f'envoy-{self.port}.json', json.dumps(config)), '--concurrency', '1', '--disable-hot-restart', '-l', 'error']

    @staticmethod
    def _listener(name, port, filters):
        router = {'name': 'router', 'typed_config': {'@type': f'{TYPES}.http.router.v3.Router'}}
        routes = [{'match': {'prefix': f'/{name}'}, 'route': {'cluster': 'upstream', 'timeout': '0s'}}]
        manager = {'@type': f'{TYPES}.network.http_connection_manager.v3.HttpConnectionManager', 'stat_prefix': name, 'use_remote_address': True,
                   'route_config': {'virtual_hosts': [{'name': 'all', 'domains': ['*'], 'routes': routes}]}, 'http_filters': [*filters, router]}
        return {'name': name, 'address': address(port), 'filter_chains': [{'filters': [{'name': 'http', 'typed_config': manager}]}]}

    @staticmethod
    def _cluster(name, port, options=None):
        return {'name': name, 'type': 'STATIC', **(options or {}),
                'load_assignment': {'cluster_name': name, 'endpoints': [{'lb_endpoints': [{'endpoint': {'address': address(port)}}]}]}}

    def port_of(self, name):
        return self.listeners[name] if self.kind == 'envoy' else self.port

    def wait_for_answer(self, seconds=300):
        """Until each route is served: one with a plugin is not before its plugin is loaded."""
        deadline = time.monotonic() + seconds
        for name in self.routes if self.kind == 'jigress' else self.listeners:
            while self.head(name)[9:12] != '200':
                if self.process.poll() is not None or time.monotonic() > deadline:
                    ruler.fail(f'{self.kind} does not serve /{name}: {self.head(name)[:60]!r}\n{self.bench.log_tail()}')
                time.sleep(.05)

    def head(self, name):
        """The head of the response at a route, empty when there is none."""
        return ruler.response_head(self.port_of(name), f'/{name}/b128', 'h0.example.com', 'x-user: 7\r\n')

    def load(self, variant=PLAIN, **kwargs):
        return self.bench.load(self.port_of(variant), target=f'/{variant}/b1k', fields=self.bench.fields, **kwargs)

    def loaded(self, **kwargs):
        return ruler.finished(self.load(**kwargs))

    def measured(self, **kwargs):
        """CPU time as Gateway's, but to the nanosecond and without that of the JVM's compilers."""
        before = self._used()
        row = super().measured(**kwargs)
        row['errors'] += not row['requests']   # without an answer there is no figure
        row['cpu_us'] = (self._used() - before) / 1000 / max(1, row['requests'])
        return row

    def _used(self):
        for path in glob.glob(f'/proc/{self.process.pid}/task/*/comm'):
            try:
                with open(path) as name, open(path.replace('comm', 'schedstat')) as times:
                    if name.read().strip() in JIT:
                        self.compiling[path] = int(times.read().split()[0])
            except OSError:
                pass   # the thread has ended: what it used before is known
        return time.clock_gettime_ns(~self.process.pid << 3 | 2) - sum(self.compiling.values())


def address(port):
    return {'socket_address': {'address': '127.0.0.1', 'port_value': port}}
