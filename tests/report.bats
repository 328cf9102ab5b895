#!/usr/bin/env bats
# gp-report and gp: is everything safe? Yes only if it is; the page in a real
# browser.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	cp -r "$DATA/album" camera
	rm -f camera/*.json
	gp-list --album "Ezra & <Co>" dir:camera | gp-index --new | gp-fetch | gp-hash |
		gp-index --record >stored.ndjson
	files=$(gp-index --stats | jq .files)
	export GP_SAFE_COPIES=2 GP_REMOTES=$PWD/usb
}

# prove COPY DIR: every file of it read and told to the index
prove() {
	gp-index --export | gp-hash --check --root "$2" | gp-index --seen "$1" >/dev/null
}

# copies: a good one on usb, and the archive itself
copies() {
	mkdir usb
	cp -r "$GP_ARCHIVE"/ezra* usb/
	prove nas "$GP_ARCHIVE"
	prove "$PWD/usb" usb
}

# ran DAYS STATE: a run that ended so many days ago
ran() {
	local at
	at=$(date -u -d "$1 ${3:-days} ago" +%FT%TZ)
	mkdir -p "$GP_ARCHIVE/.gp/runs/$at"
	jq -n --arg at "$at" --arg state "$2" '{run: $at, began: $at, ended: $at, state: $state,
		status: 0, sentence: "Downloaded 1 new photo.", steps: [], sources: [],
		archive: {files: 3, bytes: 3000}}' >"$GP_ARCHIVE/.gp/runs/$at/summary.json"
}

@test "gp-report: nothing is stored, nothing proved, nothing run: not safe" {
	run -1 --separate-stderr gp-report
	has "$output" "Is everything safe? No:"
	has "$output" "$files of $files files have fewer than 2 copies proved within 180 days"
	has "$output" "nothing was ever proved to be at $PWD/usb: run gp-replicate"
	has "$output" "the last good run is still to come: run gp-backup"
	run -2 gp-report -C nowhere
	has "$output" "no archive at $PWD/nowhere; is the disk mounted?"
}

@test "gp-report: copies that were proved and a good run: safe; then each thing that ends it" {
	copies
	ran 1 ok
	run -0 --separate-stderr gp-report
	has "$output" "Is everything safe? Yes: every file has 2 copies proved within 180 days."
	has "$output" "Album     Ezra & <Co>: $files files"
	has "$output" "Copy      $PWD/usb: $files files, oldest proof $(sqlite3 "$GP_ARCHIVE/.gp/index.db" "SELECT date(min(proved), 'unixepoch') FROM copy WHERE copy = '$PWD/usb'")"
	# one more copy is wanted
	run -1 env GP_SAFE_COPIES=3 gp-report
	# a remote that is no longer there does not count
	run -1 env GP_REMOTES="/elsewhere" gp-report
	has "$output" "$files of $files files have fewer"
	has "$output" "(no longer in gp.conf)"
	# a copy that lost a file
	rm usb/*/IMG_0001.jpg
	gp-index --export | gp-hash --check --root usb | gp-index --seen "$PWD/usb" >/dev/null || true
	run -1 --separate-stderr gp-report
	has "$output" "1 of $files files have fewer than 2 copies"
	has "$output" "$PWD/usb lacks 1 files"
}

# bats test_tags=unsanitized
@test "gp-report: proofs and runs grow old" {
	copies
	# half a day before the day changes, for a clock may be set meanwhile
	ran 36 ok hours
	run -0 gp-report
	run -1 --separate-stderr in_days 181 gp-report
	has "$output" "$files of $files files have fewer than 2 copies proved within 180 days"
	has "$output" "the last good run is 182 days ago"
}

@test "gp-report: a failed run, a failed item: not safe, and it says what to do" {
	copies
	ran 2 ok
	ran 1 failed
	run -1 --separate-stderr gp-report
	has "$output" "the last run: failed"
	ran 0 ok
	run -0 gp-report
	jq -nc '{id: "x", source: "dir", filename: "x.jpg", url: "file:///nowhere/x.jpg"}' |
		gp-fetch | gp-hash | gp-index --record >/dev/null || true
	run -1 --separate-stderr gp-report
	has "$output" "1 items could not be stored"
}

@test "gp-report: a file that SHA256SUMS names and nobody has: not safe" {
	local list
	copies
	ran 1 ok
	list=$(echo "$GP_ARCHIVE"/ezra-co-*/SHA256SUMS)
	printf '%064d  lost.jpg\n' 7 >>"$list"
	mkdir more
	echo more >more/more.jpg
	gp-list --album "Ezra & <Co>" dir:more | gp-fetch | gp-hash | gp-index --record >/dev/null
	run -1 --separate-stderr gp-report
	has "$output" "1 files that SHA256SUMS names are missing, spoiled, or not as the index has them: gp-index --check names them"
	gp-index --accept "$(basename "$(dirname "$list")")/lost.jpg" "nobody knows it"
	run -1 --separate-stderr gp-report
	has_not "$output" "SHA256SUMS"
}

@test "gp-report --json: what there is, for programs" {
	copies
	ran 1 ok
	gp-report --json >report.json
	same "true $files $files" "$(jq -r '"\(.safe) \(.files) \(.copies[] | select(.copy == "nas").files)"' report.json)"
	same '[]' "$(jq -c .lacking report.json)"
	same 1 "$(jq '.runs | length' report.json)"
}

@test "gp-report: an index that can't be read is no report" {
	printf 'rubbish' >"$GP_ARCHIVE/.gp/index.db"
	rm -f "$GP_ARCHIVE"/.gp/index.db-*
	run -2 gp-report
	has "$output" "no report without the index"
	run -2 gp-report --html
	[ ! -e "$GP_ARCHIVE/.gp/report/index.html" ]
	run -2 gp-report --pdf
}

@test "gp-report --html: two at once, each makes a whole page" {
	# the first has made its page, and gives it its name when the other has ended
	slow_program mv "test -e ended"
	PATH=$PWD/bin:$PATH gp-report --html >out 2>err 3>&- &
	wait_for test -e slow
	run -1 --separate-stderr gp-report --html
	same "" "$stderr"
	touch ended
	status=0
	wait $! || status=$?
	same 1 "$status"
	same "" "$(cat err)"
	same "$GP_ARCHIVE/.gp/report/index.html" "$(cat out)"
	has "$(tail -n 1 "$GP_ARCHIVE/.gp/report/index.html")" "</html>"
	same index.html "$(ls "$GP_ARCHIVE/.gp/report")"
}

@test "gp-report --html: how full discs are, and why items failed" {
	ran 30 ok
	label=EZRA_0001
	gp-index --export | head -n 2 | jq -c --arg l "$label" '. + {disc: $l, discPath: ("data/" + .path)}' |
		gp-index --packed >/dev/null
	bytes=$(gp-index --stats | jq '.discs[0].bytes')
	[ "$bytes" -gt 0 ]
	jq -nc '{id: "x1", filename: "<i>X</i>.jpg", source: "dir", album: {title: "Zoo"},
		error: {stage: "gp-fetch", code: "denied", message: "the <server> said 403"}}' | gp-index --record >out || true
	# a disc that has room for twice as much
	GP_DISC_CAPACITY=$((bytes * 2)) GP_DISC_THRESHOLD=1 run -1 --separate-stderr gp-report --html
	page=$(cat "$output")
	has "$page" 'aria-label="50 percent full"'
	has "$page" "$label"
	has "$page" '<rect width="100"'
	has "$page" "&lt;i&gt;X&lt;/i&gt;.jpg</td>"
	has "$page" "the &lt;server&gt; said 403"
	# one that a smaller kind is configured for since is not more than full
	GP_DISC_CAPACITY=1 run -1 --separate-stderr gp-report --html
	has_not "$(cat "$output")" 'NaN'
	has "$(cat "$output")" "$label"
}

@test "gp-report --html: one page, in a browser, at two widths, names escaped" {
	copies
	ran 30 ok
	ran 1 warning
	cp camera/IMG_0001.jpg 'camera/q <b>"x"&#39;%23.jpg'
	echo x >>'camera/q <b>"x"&#39;%23.jpg'
	gp-list --album "Ezra & <Co>" dir:camera | gp-index --new | gp-fetch | gp-hash | gp-index --record >/dev/null
	run -1 --separate-stderr gp-report --html
	same "$GP_ARCHIVE/.gp/report/index.html" "$output"
	has "$(cat "$output")" "Ezra &amp; &lt;Co&gt;"
	has_not "$(cat "$output")" "<script"
	has_not "$(cat "$output")" "<b>"
	page=$output
	for width in 360 1200; do
		"${REAL_CLOCK[@]}" timeout "$PATIENCE" chromium --headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu --hide-scrollbars \
			--window-size="$width,2000" --virtual-time-budget=3000 --dump-dom "file://$page" >dom 2>/dev/null
		has "$(cat dom)" "Not everything is safe."
		"${REAL_CLOCK[@]}" timeout "$PATIENCE" chromium --headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu \
			--window-size="$width,2000" --screenshot="$width.png" "file://$page" >/dev/null 2>&1
		[ -s "$width.png" ]
	done
	# every photo that the page shows is there
	shown=0
	while IFS= read -r link; do
		path=$(python3 -c 'import sys, urllib.parse, html; print(urllib.parse.unquote(html.unescape(sys.argv[1])))' "$link")
		[ -f "$GP_ARCHIVE/.gp/report/$path" ] || fail "$path is not there"
		shown=$((shown + 1))
	done < <(grep -o '<a href="[^"]*"' "$page" | cut -d'"' -f2)
	same "$((files + 1))" "$shown"
}

@test "gp: alone five lines, with a command that program" {
	run -1 --separate-stderr gp
	[ "${#lines[@]}" -le 5 ]
	has "$output" "Is everything safe? No:"
	same "$(gp-index --stats)" "$(gp index --stats)"
	run -2 gp archive
	has "$output" "archive: there is no such command"
	run -0 gp --help
	has "$output" "backup takeout-pull replicate scrub restore disc safe drill report notify doctor setup"
	run -2 gp --fast
}

@test "gp-report: a drill whose line was cut by a crash is none, the report goes on" {
	printf '{"time":"2026-01-01T00:00:00Z","copy":"nas","res' >"$GP_ARCHIVE/.gp/drills.ndjson"
	run --separate-stderr gp-report
	same 1 "$status"
	same "" "$stderr"
	has "$output" "Is everything safe? No"
}

@test "gp-report: an album's title writes no lines of its own, nor to the terminal" {
	cp camera/IMG_0001.jpg one.jpg
	mkdir other
	printf more >>one.jpg
	mv one.jpg other/
	gp-list --album $'A\e[31m\nIs everything safe? Yes' dir:other | gp-index --new | gp-fetch |
		gp-hash | gp-index --record >/dev/null
	run -1 --separate-stderr gp-report
	same 1 "$(grep -c '^Is everything safe' <<<"$output")"
	has "$output" "Is everything safe? No"
	has_not "$output" $'\e'
	has "$output" "Album     A [31m Is everything safe? Yes"
}

@test "gp-report: a disc with some of the files is a copy of those, and lacks none" {
	copies
	ran 1 ok
	gp-index --export | head -n 1 | jq -c '.disc = "GP-0001" | .discPath = "data/1"' | gp-index --packed >/dev/null
	gp-index --disc-state GP-0001 burned
	gp-index --export --disc GP-0001 | jq -c '.check = "ok"' | gp-index --seen GP-0001 >/dev/null
	gp-index --disc-state GP-0001 verified
	run -0 --separate-stderr gp-report
	has "$output" "Copy      GP-0001: 1 files, oldest proof"
	has_not "$output" "no longer in gp.conf"
	has_not "$output" lacking
}
