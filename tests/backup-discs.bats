#!/usr/bin/env bats
# gp-backup stages discs and tells a person what to do with them; and it tells of
# runs that were killed.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load backup

setup() {
	backup_setup
	cat >gp.conf <<-END
		GP_SOURCES=dir:$PWD/camera
		GP_DISC_CAPACITY=20000000
		GP_DISC_THRESHOLD=40K
		GP_DISC_LABEL=EZRA
		GP_DISC_PARITY=5
		GP_NOTIFY=mail:parent@example.org
	END
	# a sendmail that keeps the letter
	mkdir tools
	printf '#!/bin/sh\ncat >"%s"\n' "$PWD/letters" >tools/sendmail
	chmod +x tools/sendmail
	PATH=$PWD/tools:$PATH
}

# told: what the last letter says
told() {
	sed '1,/^$/d' letters | base64 -d
}

@test "a disc at the threshold is built; the notice says which to insert and what to type, and nothing has failed" {
	run -0 --separate-stderr gp-backup -c gp.conf
	same 1 "$(wc -l <<<"$output")"
	same built "$(gp-index --stats | jq -r '.discs[0].state')"
	[ -s "$GP_ARCHIVE/burn/EZRA-0001.iso" ]
	same ok "$(summary .state)"
	same "discs 0" "$(summary '.steps[] | select(.step == "discs") | "\(.step) \(.status)"')"
	has "$(told)" "1 disc waits to be burned: insert a blank 20000000 for EZRA-0001 and type"
	# the command is as good as it reads
	command=$(told | grep '^gp-disc ')
	same "gp-disc -c '$PWD/gp.conf' burn" "$command"
	run -0 bash -c "$command stdio:$PWD/medium"
	same verified "$(gp-index --stats | jq -r '.discs[0].state')"
	# a quarter later there is nothing to insert
	rm letters
	run -0 --separate-stderr gp-backup -c gp.conf
	has_not "$(told 2>/dev/null)" "waits to be burned"
	same 1 "$(gp-index --stats | jq '.discs | length')"
}

@test "below the threshold, without discs in gp.conf, or left out: none is built" {
	long_only
	sed -i 's/^GP_DISC_THRESHOLD=.*/GP_DISC_THRESHOLD=19M/' gp.conf
	run -0 --separate-stderr gp-backup -c gp.conf
	same "" "$stderr"
	same 0 "$(gp-index --stats | jq '.discs | length')"
	sed -i 's/^GP_DISC_THRESHOLD=.*/GP_DISC_THRESHOLD=40K/' gp.conf
	run -0 gp-backup -c gp.conf --skip discs
	same 0 "$(gp-index --stats | jq '.discs | length')"
	sed '/^GP_DISC_CAPACITY/d' gp.conf >none.conf
	run -0 gp-backup -c none.conf
	same 0 "$(gp-index --stats | jq '.discs | length')"
	run -0 gp-backup -c gp.conf --only discs
	same 1 "$(gp-index --stats | jq '.discs | length')"
}

@test "discs that can't be built are a failure that is named; the photos are stored" {
	long_only
	printf '#!/bin/sh\nexit 2\n' >tools/xorriso
	chmod +x tools/xorriso
	run --separate-stderr gp-backup -c gp.conf
	[ "$status" -ge 1 ]
	has "$stderr" "step discs: "
	has "$(told)" "discs"
	same "$files" "$(gp-index --export | wc -l)"
	rm tools/xorriso
	run -0 gp-backup -c gp.conf
	[ -s "$GP_ARCHIVE/burn/EZRA-0001.iso" ]
}

@test "the page shows this run, unless it is left out" {
	long_only
	run -0 gp-backup -c gp.conf --skip report
	[ ! -e "$GP_ARCHIVE/.gp/report/index.html" ]
	run -0 gp-backup -c gp.conf
	has "$(cat "$GP_ARCHIVE/.gp/report/index.html")" "Downloaded 0 new photos"
}

@test "a run that was killed is told by gp-report, and by the next run, which ends its work" {
	cat >tools/gp-fetch <<-END
		#!/bin/sh
		read -r first # of the records: the index is there
		touch "$PWD/there"
		exec sleep $((PATIENCE * 5))
	END
	chmod +x tools/gp-fetch
	group_start gp-backup -c gp.conf
	wait_for test -e there
	run -1 gp-report -c gp.conf
	has_not "$output" "did not come to its end"
	group_kill
	rm tools/gp-fetch
	run -1 gp-report -c gp.conf
	has "$output" "did not come to its end"
	run -0 --separate-stderr gp-backup -c gp.conf
	has "$stderr" "did not come to its end: it was killed, or the machine went down"
	has "$(told)" "did not come to its end"
	same "$files" "$(gp-index --export | wc -l)"
	gp-index --check
	run gp-report -c gp.conf --json
	same "failed ok" "$(jq -r '[.runs[].state] | sort | join(" ")' <<<"$output")"
	run -0 --separate-stderr gp-backup -c gp.conf
	same "" "$stderr"
}

@test "a first run that was killed before there is an index: gp-report says both" {
	long_only
	# as an --init leaves it that was killed
	rm "$GP_ARCHIVE"/.gp/index.db*
	printf '#!/bin/sh\n: >"%s/there"\nexec sleep %d\n' "$PWD" $((PATIENCE * 5)) >tools/gp-index
	chmod +x tools/gp-index
	group_start gp-backup -c gp.conf
	wait_for test -e there
	group_kill
	rm tools/gp-index
	run -2 gp-report -c gp.conf
	has "$output" "did not come to its end: it was killed, or the machine went down"
	has "$output" "no index at $GP_ARCHIVE/.gp/index.db; is GP_INDEX set as it was?"
	run -2 gp-backup -c gp.conf
	gp-index --init
	run -0 gp-backup -c gp.conf
	same "$files" "$(gp-index --export | wc -l)"
}
