"""HTTP/2 frame by frame, without TLS: enough of it to keep streams open and to send invalid sequences."""
import socket
import struct

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
ACK = END_STREAM = 1
END_HEADERS = 4
PREFACE = b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
INITIAL_WINDOW_SIZE = 4


def frame(kind, flags=0, stream=0, payload=b''):
    return struct.pack('>BHBBL', len(payload) >> 16, len(payload) & 0xffff, kind, flags, stream) + payload


def block(*fields):
    """A header block; every field is a literal without indexing."""
    return b''.join(b'\0' + _string(name) + _string(value) for name, value in fields)


def _string(text):
    encoded, number = text.encode(), len(text)
    if number < 127:
        return bytes([number]) + encoded
    prefix, number = b'\x7f', number - 127
    while number > 127:
        prefix, number = prefix + bytes([number & 127 | 128]), number >> 7
    return prefix + bytes([number]) + encoded


def request(stream, path, host, method='GET', ends=True, fields=()):
    fields = ((':method', method), (':scheme', 'http'), (':authority', host), (':path', path), *fields)
    return frame(HEADERS, END_HEADERS | (END_STREAM if ends else 0), stream, block(*fields))


def settings(values=()):
    return frame(SETTINGS, payload=b''.join(struct.pack('>HL', key, value) for key, value in values))


def window(stream, more):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack('>L', more))


class Connection:
    """A well-behaved client: it answers SETTINGS and PING, and reads all DATA. Heads are not decoded."""

    def __init__(self, port):
        self.socket = socket.create_connection(('127.0.0.1', port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b''
        self.send(PREFACE + settings([(INITIAL_WINDOW_SIZE, 2 ** 30)]) + window(0, 2 ** 30))

    def send(self, frames):
        self.socket.sendall(frames)

    def read(self):
        """The next HEADERS, DATA or RST_STREAM: (kind, flags, stream, payload)."""
        while True:
            head = self._take(9)
            kind, flags, stream = head[3], head[4], int.from_bytes(head[5:9], 'big') & 0x7fffffff
            payload = self._take(int.from_bytes(head[:3], 'big'))
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK))
            elif kind == PING and not flags & ACK:
                self.send(frame(PING, ACK, 0, payload))
            elif kind == GOAWAY and payload[4:8] != b'\0\0\0\0':
                raise ConnectionError(f'GOAWAY with {payload[4:]}')
            elif kind in (DATA, HEADERS, RST_STREAM):
                return kind, flags, stream, payload

    def _take(self, count):
        while len(self.buffer) < count:
            received = self.socket.recv(65536)
            if not received:
                raise ConnectionError('closed by the gateway')
            self.buffer += received
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def close(self):
        self.socket.close()
