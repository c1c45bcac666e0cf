"""client.py PORT CONNECTIONS REQUESTS PATH [rebind]: HTTP/3 requests to the loopback address, for Http3OverUdpTest.

Opens the connections one after the other, keeps them all open, and sends the requests of each. Prints a line for each connection: the bodies of its
responses, or their lengths when they are long, separated by spaces. With `rebind` each connection continues from another UDP port after its first
request, as behind a NAT that has forgotten it.
"""
import asyncio
import ssl
import sys
from contextlib import AsyncExitStack

from aioquic.asyncio import QuicConnectionProtocol, connect
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration

HOST = "127.0.0.1"
LONGEST_SHOWN = 100
PATIENCE_SECONDS = 20


class Client(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = H3Connection(self._quic)
        self.bodies = {}
        self.ends = {}

    def quic_event_received(self, event):
        for part in self.http.handle_event(event):
            if isinstance(part, HeadersReceived) and dict(part.headers).get(b":status") != b"200":
                raise SystemExit(f"not 200: {part.headers}")
            if isinstance(part, DataReceived):
                self.bodies[part.stream_id] += part.data
            if part.stream_ended:
                self.ends[part.stream_id].set_result(None)

    async def get(self, path):
        stream = self._quic.get_next_available_stream_id()
        self.bodies[stream] = b""
        self.ends[stream] = asyncio.get_running_loop().create_future()
        fields = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", b"localhost"), (b":path", path.encode())]
        self.http.send_headers(stream, fields, end_stream=True)
        self.transmit()
        await asyncio.wait_for(self.ends[stream], PATIENCE_SECONDS)
        body = self.bodies[stream]
        return body.decode() if len(body) <= LONGEST_SHOWN else str(len(body))

    async def rebind(self):
        before = self._transport
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=("::", 0))
        before.close()

    def connection_lost(self, error):
        pass  # The socket before a rebind; the connection goes on.


async def main(port, connections, requests, path, rebind):
    configuration = QuicConfiguration(is_client=True, alpn_protocols=["h3"], verify_mode=ssl.CERT_NONE)
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(connections):
            clients.append(await stack.enter_async_context(
                connect(HOST, port, configuration=configuration, create_protocol=Client)))
        for client in clients:
            bodies = []
            for i in range(requests):
                if rebind and i == 1:
                    await client.rebind()
                bodies.append(await client.get(path))
            print(" ".join(bodies), flush=True)


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], "rebind" in sys.argv[5:]))
