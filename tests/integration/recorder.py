"""A next server of our own: keeps each message's bytes as they crossed the wire, may misbehave."""
import socket
import threading


class Recorder:
    """Threads end with the test's process. `say(line)` may return another reply than the usual one, as bytes;
    None: the usual one; b'': close."""

    def __init__(self, world, say=None, extensions=b'250-recorder.test\r\n250 8BITMIME\r\n'):
        self.messages, self.odd, self.commands = [], [], []
        self.say, self.extensions = say or (lambda line: None), extensions
        self.socket = socket.create_server(('127.0.0.1', 0), backlog=100)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        connection.settimeout(60)
        connection.sendall(b'220 recorder.test\r\n')
        with connection, connection.makefile('rb') as lines:
            try:
                while line := lines.readline():
                    if not self._answer(connection, lines, line):
                        return
            except OSError:
                return

    def _answer(self, connection, lines, line):
        self.commands.append(line)
        reply, verb = self.say(line), line[:4].upper()
        if reply is None:
            usual = {b'EHLO': self.extensions, b'DATA': b'354 go\r\n', b'QUIT': b'221 bye\r\n'}
            reply = usual.get(verb, b'250 ok\r\n')
        if verb not in (b'EHLO', b'HELO', b'MAIL', b'RCPT', b'DATA', b'QUIT', b'RSET', b'STAR', b'NOOP'):
            self.odd.append(line)
        connection.sendall(reply)
        if verb == b'DATA' and reply.startswith(b'354'):
            message = b''
            while not (b'\r\n' + message).endswith(b'\r\n.\r\n'):
                more = lines.readline()
                if not more:
                    return False
                message += more
            self.messages.append(message[:-3])
            connection.sendall(self.say(b'.') or b'250 kept\r\n')
        return bool(reply) and verb != b'QUIT'
