"""The chart: copies a second by server, on a logarithmic scale, as an SVG that brings its own paper, light or
dark. Written by hand: nothing is to be installed for it."""
import math
from xml.sax.saxutils import escape

from report import number

WIDTH, LEFT, RIGHT, BAR, GAP = 800, 180, 580, 20, 8
LOWEST, HIGHEST = 10, 10_000_000
GROUPS = (('batch', 'In batches of 100 recipients'), ('individual', 'One recipient a transaction (VERP)'))
STYLE = '''
  .paper { fill: #ffffff; stroke: #d1d9e0; }
  text { fill: #1f2328; font: 13px sans-serif; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  .title { font-size: 16px; font-weight: bold; } .group { font-weight: bold; } .small { font-size: 11px; }
  .small, .far { fill: #59636e; } .grid { stroke: #d1d9e0; } .peer { fill: #8c959f; } .ours { fill: #0969da; }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #0d1117; stroke: #3d444d; } text { fill: #f0f6fc; stroke: #0d1117; }
    .small, .far { fill: #9198a1; }
    .grid { stroke: #3d444d; } .peer { fill: #6e7681; } .ours { fill: #4493f8; }
  }
'''


def place(per_s):
    share = math.log10(max(per_s, LOWEST) / LOWEST) / math.log10(HIGHEST / LOWEST)
    return LEFT + (RIGHT - LEFT) * min(share, 1)


def duration(seconds):
    for unit, name in ((86400, 'days'), (3600, 'h'), (60, 'min')):
        if seconds >= 2 * unit:
            return f'{number(seconds / unit)} {name}'
    return f'{number(seconds)} s'


def largest(copies, group):
    """A row for each server: its most members, and the sink as it does best with. The fastest first."""
    ways = (group, 'chunking') if group == 'individual' else (group,)
    found = {}
    for row in copies:
        key = row['server'], row['way']
        best = found.get(key)
        if row['way'] in ways and (not best or (row['quick_ack'], row['members']) > (
                best['quick_ack'], best['members'])):
            found[key] = row
    return sorted(found.values(), key=lambda row: -row['per_s'])


def bar(row, y):
    name = row['server'] + (', CHUNKING' if row['way'] == 'chunking' else '')
    style = 'ours' if row['server'] == 'Breakwater' else 'peer'
    whole = f'850,000 in {duration(850_000 / row["per_s"])}' if row['per_s'] else ''
    end = place(row['per_s'])
    return (f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>\n'
            f'<rect class="{style}" x="{LEFT}" y="{y}" width="{max(end - LEFT, 1):.1f}" height="{BAR}"'
            ' rx="2"/>\n'
            f'<text x="{end + 8:.1f}" y="{y + 15}">{number(row["per_s"])}/s '
            f'<tspan class="far">{whole}</tspan></text>\n')


def grid(top, bottom):
    lines = []
    for power in range(round(math.log10(LOWEST)), round(math.log10(HIGHEST)) + 1):
        x = place(10**power)
        lines.append(f'<line class="grid" x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}"/>\n'
                     f'<text class="small" x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">'
                     f'{10**power:,}</text>\n')
    return ''.join(lines)


def chart(results):
    bars, y, about = '', 48, results['machine']
    for group, title in GROUPS:
        rows = largest(results['copies'], group)
        if not rows:
            continue
        y += 24
        bars += f'<text class="group" x="{LEFT}" y="{y}">{title}</text>\n'
        y += 8
        for row in rows:
            bars += bar(row, y)
            y += BAR + GAP
    foot = f'{about["cpus"]} CPUs ({about["model"]}), {about["system"]}, {about["date"]}.'
    note = 'A message of 2 KiB; the same sink for all, in one run; for mlmmj it acknowledges at once.'
    title = 'One message to a list: copies a second'
    height = y + 76
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">\n'
            f'<title>{title}</title>\n<style>{STYLE}</style>\n'
            f'<rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>\n'
            f'<text class="title" x="16" y="30">{title}</text>\n'
            '<text class="small" x="16" y="48">Logarithmic: each line is ten times the one before. '
            f'Beside it: 850,000 members at that rate.</text>\n{grid(56, y)}{bars}'
            f'<text class="small" x="16" y="{y + 44}">{note}</text>\n'
            f'<text class="small" x="16" y="{y + 60}">{escape(foot)}</text>\n</svg>\n')
