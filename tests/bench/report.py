"""The results as markdown: all of it for docs/performance.md and the terminal, the gist for README.md."""
WAYS = {'batch': 'batches of 100', 'individual': 'one recipient a transaction',
        'chunking': 'the same, CHUNKING'}
BEGIN, END = '<!-- bench -->\n', '<!-- /bench -->\n'


def number(value):
    """Three digits: more would claim what a measurement does not know."""
    if value is None:
        return '-'
    if value >= 1000:
        beyond = 10 ** (len(str(int(value))) - 3)
        return f'{round(value / beyond) * beyond:,}'
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.095 else 3
    return f'{value:,.{digits}f}'


def markdown(titles, rows):
    """A table whose first columns, as many as the titles without a leading '>', are text."""
    cells = [[title.lstrip('>') for title in titles], *rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(titles))]
    right = [title.startswith('>') for title in titles]
    lines = ['| ' + ' | '.join(cell.rjust(width) if to_right else cell.ljust(width)
                               for cell, width, to_right in zip(row, widths, right)) + ' |' for row in cells]
    rule = '|'.join('-' * (width + 1) + (':' if to_right else '-') for width, to_right in zip(widths, right))
    return '\n'.join([lines[0], f'|{rule}|', *lines[1:]]) + '\n'


def machine_line(about):
    versions = ', '.join(f'{name} {version}' for name, version in about['versions'].items())
    busy = f' Other work ran on it meanwhile (load {about["load_before"]} before).' \
        if about['load_before'] > 0.3 else ''
    return (f'{about["cpus"]} CPUs ({about["model"]}), {about["memory_gib"]} GiB, {about["system"]}, '
            f'Linux {about["kernel"]}, 4 KiB appended and fdatasynced in {number(about["fdatasync_ms"])} ms; '
            f'servers, clients and sink on loopback. {about["date"]}. {versions}.{busy}\n')


def accept_table(accept):
    """Rows: what; columns: the servers that were measured, and the ratio to Postfix."""
    names = [name for name in ('Breakwater', 'Breakwater, one member', 'Postfix') if name in accept]
    if not names:
        return ''
    rows = []
    for connections in accept[names[0]]:
        for key, what in (('per_s', 'messages/s'), ('cpu_ms', 'CPU ms a message'),
                          ('p99_ms', '250 after, ms, p99')):
            values = {name: accept[name][connections][key] for name in names}
            ratio = None
            if {'Breakwater', 'Postfix'} <= set(names):
                ratio = values['Breakwater'] / values['Postfix']
            rows.append([f'{what}, {connections} connection{"s" * (connections != "1")}',
                         *(number(value) for value in values.values()), number(ratio)])
    return markdown(['accepted, durable', *('>' + name for name in names), '>ratio to Postfix'], rows)


def copies_table(copies):
    rows = []
    for row in copies:
        whole = row['copies'] >= row['members']
        rows.append([row['server'], WAYS[row['way']] + (', quick ACK' if row['quick_ack'] else ''),
                     f'{row["members"]:,}' if whole else f'{row["copies"]:,.0f} of {row["members"]:,}',
                     number(row['per_s']), number(row['seconds']), number(row['posting_s']),
                     number(row['first_s']), number(row['cpu_us']), number(row['peak_mib']),
                     str(row['runs'])])
    titles = ['server', 'way', '>members', '>copies/s', '>seconds', '>250 after, s', '>first copy after, s',
              '>CPU us a copy', '>peak MiB', '>runs']
    return markdown(titles, rows) if rows else ''


def cost_table(cost):
    keys = ('seconds', 'us', 'cpu_us', 'posting_s', 'first_s', 'peak_mib')
    rows = [[row['what'], WAYS[row['way']], f'{row["members"]:,.0f}', *(number(row[key]) for key in keys),
             str(row['runs'])] for row in cost]
    titles = ['what', 'way', '>recipients', '>seconds', '>us a recipient', '>CPU us a recipient',
              '>250 after, s', '>first copy after, s', '>peak MiB', '>runs']
    return markdown(titles, rows) if rows else ''


def tables(results):
    about = results['machine']
    parts = [machine_line(about)]
    for title, table in (('Accepting', accept_table(results['accept'])),
                         ('One message to a list', copies_table(results['copies'])),
                         ('Breakwater: what the cost depends on', cost_table(results['cost']))):
        if table:
            parts += [f'### {title}\n', table]
    return '\n'.join(parts) + f'\nThe whole run took {about["minutes"]} minutes.\n'


def summary(results):
    """For README.md: what it is about, in few lines."""
    cost = {(row['what'], row['way']): row for row in results['cost']}
    rows = []
    for way, text in WAYS.items():
        row = cost['850,000 members', way]
        rows.append([text, number(row['seconds']), number(row['first_s']), number(row['peak_mib'])])
    copies = {(row['server'], row['way']): row['per_s'] for row in reversed(results['copies'])}
    peers = [name for name in ('Postfix', 'mlmmj', 'Mailman 3') if (name, 'batch') in copies]
    beside = [[text, *(number(copies.get((name, way))) for name in ('Breakwater', *peers))]
              for way, text in WAYS.items() if way != 'chunking']
    accept = results['accept']
    accepts = ''
    if 'Postfix' in accept:
        ours, theirs = (accept[name]['50']['per_s'] for name in ('Breakwater', 'Postfix'))
        accepts = ('\nMessages accepted, durable, 50 connections: '
                   f'{number(ours)}/s; Postfix {number(theirs)}/s.\n')
    return '\n'.join([
        '![Copies a second of one message to a list, by server](bench/chart.svg)\n',
        markdown(['one message to 850,000 members', '>seconds', '>first copy after, s', '>peak MiB'], rows),
        markdown(['copies/s', *('>' + name for name in ('Breakwater', *peers))], beside) + accepts,
        machine_line(results['machine'])])


def put_between_markers(path, text):
    """Replaces what stands between the markers; the file has to have them once."""
    with open(path, encoding='utf-8') as file:
        before, begin, rest = file.read().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f'{path}: there is no {BEGIN.strip()} ... {END.strip()}, each on a line of its own')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(before + begin + text + end + after)


def write_into_docs(results):
    missing = {'Breakwater', 'Postfix', 'mlmmj', 'Mailman 3'} - {row['server'] for row in results['copies']}
    if results['quick'] or missing or not results['cost'] or not results['accept']:
        raise SystemExit('bench: --write wants a complete run, of all four; the docs are as they were')
    put_between_markers('README.md', summary(results))
    put_between_markers('docs/performance.md', tables(results))
