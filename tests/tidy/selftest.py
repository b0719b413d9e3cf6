#!/usr/bin/env python3
"""Proof that each rule can fail, and lets pass what is right: bad snippets and their good neighbours."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

from headers import compile_alone
from rooms import check_links, read_links
from rules import CPP_RULES
from source import Source, blank
from style import check

CMAKE = '''
room(terms)
room(smtp breakwater_terms)
room(queue breakwater_terms)
room(pipeline breakwater_smtp breakwater_queue)
room(log spdlog::spdlog)
room(store breakwater_pipeline PkgConfig::SQLITE)
room(net breakwater_smtp breakwater_log breakwater_asio)
room(daemon breakwater_net breakwater_store)
'''
LINKS = read_links(CMAKE)

# (rule, path, bad text, good text)
LONG = ('namespace a {{\nstruct B {{\n  B() : c_{{1}} {{}}\n  int c_;\n}};\n'
        'int f(int a)\n{{\n{}}}\n}}  // namespace a\n')
OPENING = '// What this is for, and who owns it.\n'
CASES = [
    ('line-length', 'server/smtp/a.cpp', 'int a;  // ' + 'x' * 100 + '\n', 'int a;  // ' + 'x' * 99 + '\n'),
    ('file-length', 'server/smtp/a.cpp', 'int a;\n' * 601, 'int a;\n' * 600),
    ('whitespace', 'server/smtp/a.cpp', 'int a; \n', 'int a;\n'),
    ('whitespace', 'server/smtp/a.cpp', '\tint a;\n', '  int a;\n'),
    ('whitespace', 'server/smtp/a.cpp', 'f(R"(a )"); \n', 'f(R"(a \nb\t\n)");\n'),
    ('whitespace', 'server/smtp/a.cpp', 'int a;', 'int a;\n'),
    ('unfinished', 'server/smtp/a.cpp', '// TO' 'DO later\n', '// mkstemp("/tmp/aXXXXXX")\n'),
    ('rfc-form', 'server/smtp/a.cpp', '// RFC5321 4.5.2\n', '// RFC 5321 4.5.2, RFC 3463\n'),
    ('rfc-form', 'server/smtp/a.cpp', '// RFC 5321, section 4.5.2\n', '// "rfc822;user@example.org"\n'),
    ('rfc-form', 'server/smtp/a.cpp', '// RFC 5321 \u00a74\n', '// RFC 5321 4\n'),
    ('function-length', 'server/smtp/a.cpp', LONG.format('  a();\n' * 68), LONG.format('  a();\n' * 67)),
    ('function-length', 'tests/unit/smtp/a_test.cpp', 'TEST(A, B) {\n' + '  if (a) {\n  }\n' * 35 + '}\n',
     'const T table = {\n' + '  {1, f(2)},\n' * 80 + '};\n'),
    ('header-opening', 'server/smtp/a.h', '#pragma once\n', OPENING + '#pragma once\n'),
    ('header-opening', 'server/smtp/a.h', OPENING + '#include <string>\n#pragma once\n',
     OPENING + '\n#pragma once\n#include <string>\n'),
    ('names', 'server/smtp/utils/a.cpp', 'int a;\n', None),
    ('names', 'server/common/a.cpp', 'int a;\n', None),
    ('names', 'server/smtp/ReplyText.cpp', 'int a;\n', None),
    ('names', 'server/smtp/a.cpp', 'class PoolManager {};\n', 'class Pool {};  // no PoolManager\n'),
    ('include', 'server/queue/a.cpp', '#include "smtp/reply.h"\n', '#include "terms/ids.h"\n'),
    ('include', 'server/smtp/a.cpp', '#include "store/store.h"\n', '#include "smtp/reply.h"\n'),
    ('include', 'server/store/a.cpp', '#include "net/listener.h"\n', '#include "terms/ids.h"\n'),
    ('include', 'server/net/a.cpp', '#include "daemon/server.h"\n', '#include "log/log.h"\n'),
    ('include', 'server/net/a.cpp', '#include "../smtp/reply.h"\n', '#include "smtp/reply.h"\n'),
    ('include', 'server/net/a.cpp', '#include "listener.h"\n', '#include "net/listener.h"\n'),
    ('include', 'server/net/a.cpp', '#include <boost/asio.hpp>\n', '#include <boost/asio/awaitable.hpp>\n'),
    ('include', 'tests/unit/queue/a_test.cpp', '#include "smtp/reply.h"\n', '#include "queue/slice.h"\n'),
    ('library', 'server/net/a.cpp', '#include <sqlite3.h>\n', '#include <openssl/ssl.h>\n'),
    ('library', 'server/store/a.h', '#include <sqlite3.h>\n', None),
    ('library', 'server/net/a.cpp', '#include <spdlog/spdlog.h>\n', '#include <fmt/format.h>\n'),
    ('library', 'server/smtp/a.cpp', '#include <unicase.h>\n', '#include <unistd.h>\n'),
    ('core-is-pure', 'server/smtp/a.cpp', '#include <thread>\n', '#include <string>\n'),
    ('core-is-pure', 'server/smtp/a.cpp', '#include <boost/asio/awaitable.hpp>\n',
     '#include <boost/system/result.hpp>\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'auto t = std::chrono::system_clock::now();\n',
     '// system_clock::now() is banned\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'auto t = time(nullptr);\n', 'auto t = first_time(nullptr);\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'auto t = ::time(&t);\n', 'auto t = retry.time(0);\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'std::random_device d;\n', 'auto x = operand(1);\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'std::mutex m;\n', 'const char* m = "std::mutex";\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'std::getenv("A");\n', 'options.getenv_name;\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'std::cerr << 1;\n', 'out += "std::cerr";\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'printf("x");\n', 'my_printf("x");\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'auto f = fopen(a, b);\n', 'void open(int a);\n'),
    ('core-is-pure', 'server/smtp/a.cpp', 'co_await x;\n', 'await(x);\n'),
    ('banned-call', 'server/net/a.cpp', 'strcpy(a, b);\n', 'my.strcpy(a, b);\n'),
    ('banned-call', 'server/net/a.cpp', 'std::system(a);\n', 'boost::system::error_code e;\n'),
    ('banned-call', 'server/net/a.cpp', 'auto n = std::stoi(a);\n', 'std::from_chars(a, b, n);\n'),
    ('banned-call', 'server/net/a.cpp', 'std::regex r;\n', '// std::regex\n'),
    ('banned-call', 'server/net/a.cpp', 'assert(a);\n', 'static_assert(a); BREAKWATER_ASSERT(a);\n'),
    ('banned-call', 'server/net/a.cpp', 'delete a;\n', 'A(const A&) = delete;\n'),
    ('banned-call', 'server/net/a.cpp', 'co_spawn(e, f(), asio::detached);\n', 'co_spawn(e, f(), logged);\n'),
    ('banned-call', 'server/net/a.cpp', 'using namespace std;\n', 'using namespace std::chrono_literals;\n'),
    ('banned-call', 'server/net/a.cpp', 'auto f = [this](int a) -> asio::awaitable<void> { co_return; };\n',
     'auto f = [](int a) -> asio::awaitable<void> { co_return; };\n'),
]


def rules_hit(path, text):
    return {rule for _, _, rule, _ in check(Source(path, text), LINKS)}


class Rules(unittest.TestCase):
    def test_each_bad_snippet_is_found_and_its_good_neighbour_passes(self):
        for rule, path, bad, good in CASES:
            with self.subTest(rule=rule, bad=bad[:60]):
                self.assertIn(rule, rules_hit(path, bad))
            if good is not None:
                with self.subTest(rule=rule, good=good[:60]):
                    self.assertNotIn(rule, rules_hit(path, good))

    def test_every_rule_has_a_case(self):
        self.assertEqual({case[0] for case in CASES}, set(CPP_RULES))

    def test_lines_are_told_right(self):
        found = list(check(Source('server/net/a.cpp', 'int a;\n/* two\nlines */\nstrcpy(a, b);\n'), LINKS))
        self.assertEqual([(line, rule) for _, line, rule, _ in found], [(4, 'banned-call')])

    def test_literals_are_blanked_and_digit_separators_are_not(self):
        code = 'a("//") + 1\'000 + \'"\' + R"(x)"; // b'
        self.assertEqual(blank(code).split(), ['a(', ')', '+', "1'000", '+', '+', ';'])


class Links(unittest.TestCase):
    def problems(self, line):
        return [(rule, advice) for _, _, rule, advice in check_links('CMakeLists.txt', CMAKE + line)]

    def test_the_table_itself_passes(self):
        self.assertEqual(self.problems(''), [])

    def test_core_to_edge(self):
        self.assertEqual(self.problems('room(lists breakwater_store)')[0][0], 'floor')

    def test_edge_to_edge(self):
        self.assertIn('both edges', self.problems('room(delivery breakwater_store)')[0][1])

    def test_edge_to_top(self):
        self.assertIn('above', self.problems('room(web breakwater_daemon)')[0][1])

    def test_a_circle(self):
        self.assertIn('circle', [rule for rule, _ in self.problems('room(terms breakwater_pipeline)')])

    def test_an_unknown_room(self):
        self.assertIn('on no floor', self.problems('room(attic breakwater_terms)')[0][1])
        self.assertIn('is no room', self.problems('room(lists breakwater_attic)')[0][1])


class Headers(unittest.TestCase):
    def test_a_header_that_leans_on_others_is_found(self):
        with tempfile.TemporaryDirectory() as folder:
            header = os.path.join(folder, 'a.h')
            for text, fails in (('#pragma once\nstd::string a();\n', True), ('int a = 1;\n', True),
                                ('#pragma once\n#include <string>\nstd::string a();\n', False)):
                with open(header, 'w', encoding='utf-8') as file:
                    file.write(text)
                said, files = compile_alone(header, ['clang++-16', '-std=c++20'])
                self.assertEqual(bool(said), fails, text)
                self.assertEqual(header in files, not fails)


if __name__ == '__main__':
    unittest.main()
