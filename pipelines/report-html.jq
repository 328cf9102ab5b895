# The report as one page without scripts, for a phone or a screen, by day or
# night. Names from outside pass @html or @uri before they are in it.

include "words";
def ago: if . == 0 then "today" elif . == 1 then "a day ago" else "\(.) days ago" end;
def link: "../../" + (split("/") | map(@uri) | join("/"));

# a line of bytes over time, in a box of 600 by 150
def plot:
	if length < 2 then "<p>The growth is shown from the second run on.</p>" else
		(map(.time | fromdate) | [first, last]) as [$from, $to] |
		([map(.bytes) | max, 1] | max) as $top |
		(map("\(((.time | fromdate) - $from) / ([$to - $from, 1] | max) * 580 + 10 | round),\(145 - .bytes / $top * 140 | round)") | join(" ")) as $points | map(.bytes) |
		"<p class=\"ends\"><span>\($top | gb)</span></p><svg viewBox=\"0 0 600 150\" role=\"img\" aria-label=\"Size of the archive over time, now \(last | gb)\"><polyline points=\"\($points)\"/></svg>" +
		"<p class=\"ends\"><span>\($from | todate | day)</span><span>\($to | todate | day)</span></p>"
	end;

# what a disc holds, in bytes: of the kind in gp.conf, or of the next one in
# which what is on it has room. gp-pack(1) has the numbers.
def room($kind):
	{dvd: 4.70e9, bd25: 24.2e9, bd50: 48.4e9, bd100: 96.8e9, bd128: 123.7e9} as $media |
	. as $bytes | ($media[$kind] // ($kind | tonumber)) as $own |
	if $bytes <= $own then $own else ([$media[] | select(. >= $bytes)] | min) // $bytes end;

# a row of the discs' plot: how full it is
def bar($name; $bytes; $of; $text):
	"<div class=\"bar\"><span>\($name | @html)</span><svg viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"\($bytes * 100 / $of | round) percent full\"><rect width=\"\([$bytes * 100 / $of, 100] | min)\" height=\"6\"/></svg><span>\($text | @html)</span></div>";

def fill: .disc as $disc |
	(.discs[] | (.bytes | room($disc.kind)) as $of |
		bar(.label; .bytes; $of; "\(.bytes | gb) of \($of | gb), \(.files | many("file")), \(.state)")),
	bar("next disc"; $disc.unpacked; ([$disc.threshold, 1] | max);
		"\($disc.unpacked | gb) of the \($disc.threshold | gb) from which a disc is made");

def list($title): if length == 0 then empty else "<h2>\($title)</h2><ul>", (.[] | "<li>\(@html)</li>"), "</ul>" end;

def table($heads): if length == 0 then empty else
	"<div class=\"wide\"><table><tr>" + ($heads | map("<th>\(.)</th>") | add) + "</tr>",
	(.[] | "<tr>" + ([., $heads] | transpose | map(.[1] as $of | .[0] | tostring | "<td data-of=\"\($of)\"\(if test("^[0-9][0-9,.-]*( GB)?$") then " class=\"n\"" else "" end)>\(@html)</td>") | add) + "</tr>"), "</table></div>" end;

"<!DOCTYPE html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>gp: is everything safe?</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem; background: #fff; color: #222; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.state { border-left: .5rem solid #b00020; padding: .5rem 1rem; background: #8882; } .state.yes { border-color: #1b7f3b; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8884; vertical-align: top; } td { overflow-wrap: anywhere; min-width: 5rem; } td.n { white-space: nowrap; min-width: 0; }
.wide { overflow-x: auto; } svg { display: block; width: 100%; height: auto; background: #8881; } polyline { fill: none; stroke: #2a6fbb; stroke-width: 3; }
.photos { display: grid; grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); gap: .4rem; } .photos a { display: block; aspect-ratio: 1; overflow: hidden; background: #8883; text-align: center; font-size: .8rem; overflow-wrap: anywhere; } .photos img { width: 100%; height: 100%; object-fit: cover; }
.bar { display: grid; grid-template-columns: 8rem 1fr; gap: 0 .8rem; align-items: center; margin: .4rem 0; } .bar svg { height: .9rem; } .bar span:last-child { grid-column: 2; font-size: .85rem; } rect { fill: #2a6fbb; } .ends { display: flex; justify-content: space-between; font-size: .85rem; margin: .2rem 0; } a { color: inherit; }
@media (max-width: 36rem) { tr { display: block; border-bottom: 1px solid #8884; padding: .4rem 0; } tr:first-child { display: none; } td { display: block; border: 0; padding: 0; } td:empty { display: none; } td:first-child { font-weight: 600; } td:not(:first-child)::before { content: attr(data-of) \": \"; opacity: .7; } .bar { grid-template-columns: 6rem 1fr; } }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e4e4e4; } polyline { stroke: #7db4f0; } rect { fill: #7db4f0; } }
</style>
</head>
<body>",
"<h1>\(.archive | @html)</h1>",
(if .safe then "<p class=\"state yes\"><strong>Everything is safe.</strong> Every file has \(.rule.copies) copies proved within \(.rule.days) days.</p>"
else "<div class=\"state\"><strong>Not everything is safe.</strong><ul>", (.lacking[] | "<li>\(@html)</li>"), "</ul></div>" end),
(.next | list("To do")),
"<p>\(.files | commas) files, \(.bytes | gb). As of \(.time | day).</p>",
(if (.copies | length) > 0 then "<h2>Copies</h2>" else empty end),
(.copies | map([.copy + (if .configured then "" else " (no longer in gp.conf)" end), (.files | commas), (if .disc then "what is on the disc" elif .lacks > 0 then "\(.lacks | commas) lacking" else "all" end), (.days | ago)]) | table(["Copy", "Files", "Of what there is", "Oldest proof"])),
"<h2>Growth</h2>", (.growth | plot),
(if (.discs | length) > 0 then "<h2>Discs</h2>" else empty end),
(if (.discs | length) > 0 then fill else empty end),
(if (.albums | length) > 0 then "<h2>Albums</h2>" else empty end),
(.albums | map([.title, (.files | commas), (.bytes | gb), (.latest // "" | day), (.failed | commas), (.waiting | commas)]) |
	table(["Album", "Files", "Size", "Latest came", "Failed", "Waiting"])),
(if (.failed | length) > 0 then
	"<h2>What could not be stored</h2>",
	(if .failures.open > (.failed | length) then "<p>\(.failures.open | commas) items; the latest \(.failed | length) are shown.</p>" else empty end)
else empty end),
(.failed | map([.filename // .id, (.albums | join(", ")), .message, (.first | day), "\(if .times == 1 then "once" else "\(.times | commas) times, last \(.last | day)" end)"]) |
	table(["File", "Album", "Why", "Since", "Tried"])),
(if (.runs | length) > 0 then "<h2>Runs</h2>" else empty end),
(.runs | map([(.ended | day), .state, .sentence, ([.sources[]? | select(.failed > 0 or .status > 0) | "\(.source): \(.failed) failed"] | join(", "))]) | table(["Ended", "Result", "What came", "What failed"])),
(if (.newest | length) > 0 then
	"<h2>Newest</h2><div class=\"photos\">",
	(.newest[] | "<a href=\"\(.path | link)\">" +
		(if (.mimeType | IN("image/jpeg", "image/png", "image/gif", "image/webp")) then "<img loading=\"lazy\" alt=\"\(.path | split("/") | last | @html)\" src=\"\(.path | link)\">"
		else (.path | split("/") | last | @html) end) + "</a>"),
	"</div>"
else empty end),
"</body>
</html>"
