// The one style sheet. Colours keep 4.5:1 for text and 3:1 for borders; nothing is told by colour alone.
#include "adapters/inbox/web/frame.h"

namespace sam::inbox::web {

const char* const kStyle = R"(
:root { color-scheme: light; --ink: #1b2733; --soft: #4a5a68; --line: #c3ccd4; --edge: #6b7a87;
  --paper: #ffffff; --ground: #f4f6f8; --blue: #0b4f8a; --red: #9b1c1c; --redground: #fdf1f0;
  --amberground: #fff7e0; --amber: #6b4800; --greenground: #eef7f0; --green: #1d5b33; }
* { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, "Noto Sans", "DejaVu Sans", Arial, sans-serif; }
body { margin: 0; color: var(--ink); background: var(--ground); overflow-wrap: break-word; }
a { color: var(--blue); text-underline-offset: .15em; }
a:hover { text-decoration-thickness: .15em; }
:focus-visible { outline: 3px solid #0b4f8a; outline-offset: 2px; border-radius: 2px; }
main:focus { outline: none; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .5rem 1rem; z-index: 1; }
header { background: var(--paper); border-bottom: 1px solid var(--line); }
.top, main { max-width: 64rem; margin: 0 auto; padding: .75rem 1rem; }
.top { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: center; justify-content: space-between; }
.name { margin: 0; font-weight: 650; }
nav ul { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 1rem 0; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 .75rem; }
h3 { font-size: 1.05rem; margin: 1rem 0 .25rem; }
h4, h5, h6 { font-size: 1rem; margin: .75rem 0 .25rem; }
h3::first-letter, h4::first-letter, h5::first-letter, h6::first-letter, dt::first-letter, .cap::first-letter { text-transform: uppercase; }
section, .card { background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 1rem 1.25rem; margin: 0 0 1.25rem; }
.note { border-left: 6px solid var(--edge); background: var(--paper); padding: .75rem 1rem; margin: 0 0 1rem; }
.note p { margin: 0; }
.acute, .faults { border-left-color: var(--red); background: var(--redground); }
.warn { border-left-color: #9a6a00; background: var(--amberground); }
.done { border-left-color: var(--green); background: var(--greenground); }
.faults { border: 1px solid var(--red); border-left-width: 6px; padding: .75rem 1rem; margin: 0 0 1.25rem; }
.faults ul { margin: 0; padding-left: 1.25rem; }
.faults a { color: var(--red); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); padding: 0 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .55rem .9rem .55rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; border-bottom: 2px solid var(--line); white-space: nowrap; }
tbody th { font-weight: 600; min-width: 9rem; }
td.time { white-space: nowrap; }
tr:last-child > * { border-bottom: 0; }
.tag { display: inline-block; border: 1px solid var(--edge); border-radius: 3px; padding: 0 .4rem; font-size: .9rem; margin-right: .25rem; }
.tag.acute { border-color: var(--red); color: var(--red); font-weight: 700; }
.late { color: var(--red); font-weight: 600; }
.soft, .hint { color: var(--soft); }
.hint { margin: 0 0 .25rem; }
dl { margin: 0; }
dl > div { display: grid; grid-template-columns: minmax(9rem, 16rem) 1fr; gap: 0 1rem; padding: .35rem 0; border-bottom: 1px solid #e4e9ed; }
dl > div:last-child { border-bottom: 0; }
dt { color: var(--soft); }
dd { margin: 0; white-space: pre-line; min-width: 0; }
.deeper { border-left: 3px solid #e4e9ed; padding-left: 1rem; margin: 0 0 .5rem; }
ol.ladder { list-style: none; margin: 0; padding: 0; }
ol.ladder li { padding: .35rem 0 .35rem 1.75rem; position: relative; }
ol.ladder li::before { content: "○"; position: absolute; left: 0; color: var(--edge); }
ol.ladder li.said::before { content: "●"; color: var(--green); }
ol.ladder strong::first-letter { text-transform: uppercase; }
fieldset { border: 0; padding: 0; margin: 0 0 1.25rem; min-width: 0; }
legend { font-weight: 650; padding: 0; margin: 0 0 .5rem; }
.field { margin: 0 0 1.25rem; }
.field label { display: block; font-weight: 600; }
.pair { display: flex; flex-wrap: wrap; gap: 0 1.5rem; }
input:not([type=radio]) { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--edge); border-radius: 4px; padding: .5rem .6rem; width: 100%; max-width: 26rem; min-height: 2.75rem; }
input[aria-invalid=true] { border: 2px solid var(--red); }
.fault { color: var(--red); font-weight: 600; margin: 0 0 .25rem; }
.choice { display: flex; gap: .6rem; align-items: center; min-height: 2.5rem; }
.choice input { width: 1.25rem; height: 1.25rem; margin: 0; flex: none; accent-color: #0b4f8a; }
.choice label::first-letter { text-transform: uppercase; }
button { font: inherit; font-weight: 650; cursor: pointer; border-radius: 4px; border: 2px solid var(--blue); background: var(--blue); color: #fff; padding: .55rem 1.25rem; min-height: 2.75rem; }
button:hover { background: #083a66; }
button.quiet { background: none; border: 0; color: var(--blue); text-decoration: underline; text-underline-offset: .15em; font-weight: 400; padding: .25rem 0; min-height: 0; }
button.quiet:hover { background: none; text-decoration-thickness: .15em; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem 1.5rem; align-items: center; }
.pages { display: flex; gap: 1.5rem; flex-wrap: wrap; padding: .25rem 0 1rem; }
.narrow { max-width: 32rem; }
.id { font-family: ui-monospace, "DejaVu Sans Mono", monospace; letter-spacing: .04em; }
summary { cursor: pointer; font-weight: 650; }
details > *:nth-child(2) { margin-top: .75rem; }
.boxes { list-style: none; margin: 0 0 1rem; padding: 0; }
.boxes li { padding: .3rem 0; }
.boxes li::before { content: "☐"; font-size: 1.3rem; margin-right: .6rem; }
.line { display: flex; gap: .75rem; align-items: flex-end; padding: 1.1rem 0 0; }
.line::after { content: ""; flex: 1; border-bottom: 1px solid var(--ink); min-width: 6rem; }
@media (max-width: 40em) { dl > div { grid-template-columns: 1fr; } section, .card { padding: .75rem .9rem; } h1 { font-size: 1.35rem; } }
@media (forced-colors: active) { .note, .faults, section { border: 1px solid; } }
@media print {
  @page { margin: 18mm; }
  body { background: #fff; font-size: 10.5pt; }
  header, .skip, .screen { display: none; }
  .top, main { max-width: none; padding: 0; }
  section { border: 0; border-top: 1px solid #000; border-radius: 0; padding: .6rem 0; margin: 0; break-inside: auto; }
  .content { break-before: page; }
  dl > div, ol li { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
}
)";

}  // namespace sam::inbox::web
