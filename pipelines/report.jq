# What gp-report tells, as one object, from the index's counts, the proofs and
# the summaries of the runs.

def age($time): if $time == null then null else (($now - ($time | fromdate)) / 86400 | floor) end;

$stats_[0] as $stats |
($runs_ | sort_by(.number // 0, .ended)) as $runs |
($remotes / "\n" | map(select(. != ""))) as $remotes |
($stats.files + $stats.superseded.files) as $all |
($runs | last) as $last |
# a run that only waits for somebody to pick photos lacks nothing else
def only_waits: .state == "person" and (.waiting // [] | length > 0) and
	([.steps[]? | select(.status != 0 and .step != "store")] | length == 0) and
	all(.sources[]?; .status == 0 or (.waiting // 0) > 0);
([$runs[] | select(.state == "ok" or .state == "warning")] | last) as $good |
# a disc has a part of the files, and is named in no gp.conf
([$stats.copies[] | (.copy | IN($stats.discs[].label)) as $disc |
	{copy, files, disc: $disc, lacks: (if $disc then 0 else [$all - .files, 0] | max end),
	oldest, days: age(.oldest),
	configured: ($disc or (.copy | IN("nas", $remotes[])))}]) as $copies |
([$drills[] | select(.result == "ok")] | last) as $drill |
# a day counts from its beginning; a disc counts once it was read back
(["nas", $remotes[], ($stats.discs[] | select(.state | IN("verified", "archived")) | .label)]) as $present |
([$stats.proofs[] | select([.copies | to_entries[] |
	select((.value + "T00:00:00Z" | fromdate) >= $now - $safedays * 86400 and (.key | IN($present[])))] |
	length < $wanted) | .files] | add // 0) as $thin |
[
	if $stats.files == 0 then "nothing is stored yet: run gp-backup" else empty end,
	if $thin > 0 then
		"\($thin) of \($stats.files) files have fewer than \($wanted) copies proved within \($safedays) days"
	else empty end,
	($remotes[] | . as $r | select($copies | any(.copy == $r) | not) |
		"nothing was ever proved to be at \(.): run gp-replicate"),
	($copies[] | select(.configured and .lacks > 0) | "\(.copy) lacks \(.lacks) files: run gp-replicate"),
	if $stats.failures.open > 0 then
		"\($stats.failures.open) items could not be stored: run gp-backup again, or settle them with gp-index --accept"
	else empty end,
	if $stats.unsettled.files > 0 then
		"\($stats.unsettled.files) files that SHA256SUMS names are missing, spoiled, or not as the index has them: gp-index --check names them, gp-scrub --heal brings them from a copy"
	else empty end,
	if $last != null and $last.state != "ok" and ($last | only_waits | not) then "the last run: \($last.state)" else empty end,
	if $stats.files > 0 and ($good == null or age($good.ended) > $quarter) then
		"the last good run is \(if $good == null then "still to come" else "\(age($good.ended)) days ago" end): run gp-backup"
	else empty end
] as $lacking |
[
	($last.waiting[]? | if .until == null or .until > ($now | todate) then
		"pick photos\(if .album == "" then "" else " of \(.album)" end), signed in to Google (\(.account)), until \(.until // "" | .[0:10]), and then run gp-backup: \(.link)"
	else "the link to pick photos has expired: run gp-backup for a new one" end),
	([$remotes[] | . as $r | select($drills | any(.copy == $r and .result == "ok" and age(.time) <= $drilldays) | not)] |
		if $stats.files > 0 and length > 0 then
			"nothing was restored as a drill within \($drilldays) days from \(join(", ")): run gp-drill"
		else empty end),
	($stats.discs[] | select(.state == "built") | "disc \(.label) waits to be burned: gp-disc burn"),
	($stats.discs[] | select(.state == "burned") | "disc \(.label) waits to be read back: gp-disc verify \(.label)")
] as $next |
{
	archive: $archive,
	time: ($now | todate),
	safe: ($lacking | length == 0),
	lacking: $lacking,
	next: $next,
	files: $stats.files,
	bytes: $stats.bytes,
	superseded: $stats.superseded,
	albums: $stats.albums,
	failures: $stats.failures,
	failed: $stats.failed,
	rule: {copies: $wanted, days: $safedays},
	copies: $copies,
	discs: $stats.discs,
	disc: {kind: $kind, unpacked: $stats.unpacked.bytes, threshold: $threshold},
	drill: $drill,
	runs: ([$runs[-$keep:][] | {run, began, ended, state, sentence,
		steps: [.steps[]? | select(.status != 0)], sources}] | reverse),
	growth: [$runs[] | select(.archive != null) | {time: .ended, files: .archive.files, bytes: .archive.bytes}],
	newest: $stats.newest
} | .safe, .
