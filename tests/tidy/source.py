"""A C++ file as the rules see it: its lines, and the same lines with comments and literals blanked out."""
import re


TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/'                                    # comments
    r'|R"(?P<d>[^()\\\s]{0,16})\((?P<raw>.*?)\)(?P=d)"'       # raw strings
    r'|"(?:\\.|[^"\\\n])*"'                                  # strings
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",                 # characters, but not the ' of 1'000
    re.S)


def blank(text):
    """The text with comments, string and character literals turned to spaces, line for line."""

    def spaces(match):
        return re.sub(r'[^\n]', ' ', match.group(0))
    return TOKEN.sub(spaces, text)


def lines_in_raw_strings(text):
    """The numbers of the lines that end inside a raw string: their blanks are data."""
    found = set()
    for match in TOKEN.finditer(text):
        if match.group('raw'):
            first = text.count('\n', 0, match.start()) + 1
            found.update(range(first, first + match.group(0).count('\n')))
    return found


ACCESS = re.compile(r'\b(public|private|protected)\s*$')
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


class Source:
    def __init__(self, path, text):
        self.path = path                      # from the top of the repository, with /
        self.text = text
        self.lines = text.split('\n')
        self.code = blank(text).split('\n')   # same line numbers
        self.data = lines_in_raw_strings(text)
        parts = path.split('/')
        self.is_header = path.endswith('.h')
        self.is_cpp = path.endswith(('.h', '.cpp'))
        self.in_server = parts[0] == 'server'
        self.room = parts[1] if self.in_server and len(parts) > 2 else None
        self.tested_room = parts[2] if parts[:2] == ['tests', 'unit'] and len(parts) > 3 else None

    def includes(self):
        """(line number, '<' or '"', name) of each include."""
        for number, line in enumerate(self.lines, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1), match.group(2)

    def functions(self):
        """(first line, length in lines, name) of each function body that is not inside another one.

        By braces: a block whose head has a ')', inside nothing but namespaces and types, is a function."""
        code = '\n'.join('' if re.match(r'\s*#', line) else line for line in self.code)
        stack, head_start, line = [], 0, 1
        lines_at = {}
        for at, char in enumerate(code):
            if char == '\n':
                line += 1
            elif char == ';' or (char == ':' and ACCESS.search(code[head_start:at])):
                head_start = at + 1
            elif char == '{':
                head = code[head_start:at]
                kind = self._kind_of(head) if all(kind == 'scope' for kind, _, _ in stack) else 'inner'
                lines_at[len(stack)] = line - head.lstrip().count('\n')
                stack.append((kind, lines_at[len(stack)], head))
                head_start = at + 1
            elif char == '}' and stack:
                kind, first, head = stack.pop()
                if kind == 'function':
                    name = re.search(r'([\w:~]+|operator\S+)\s*\(', head)
                    yield first, line - first + 1, name.group(1) if name else 'function'
                head_start = at + 1

    @staticmethod
    def _kind_of(head):
        if re.search(r'\b(namespace|extern)\b', head):
            return 'scope'
        if re.search(r'\b(class|struct|union)\b(?!.*\))', head, re.S):
            return 'scope'
        if ')' in head and not re.search(r'=\s*$', head):
            return 'function'
        return 'inner'
