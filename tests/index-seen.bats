#!/usr/bin/env bats
# gp-index --seen: what was checked in a copy is a proof, or the end of one.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	local i sum
	mkdir src
	for i in 1 2 3; do
		echo "$i" >"src/$i"
		sum=$(sha256sum <"src/$i" | cut -c1-64)
		jq -nc --arg i "$i" --arg f "$PWD/src/$i" --arg s "$sum" \
			'{id: $i, filename: ($i + ".jpg"), file: $f, sha256: $s}'
	done | gp-index --record >/dev/null
	gp-index --export | jq -c '.check = "ok"' >checked
}

@test "gp-index --seen: ok is a proof, dated now, and the records pass through to the letter" {
	sed -i 's/}$/, "x" : 1.10}/' checked
	run --separate-stderr frozen '2026-05-01 10:00:00 UTC' gp-index --seen usb <checked
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	same "$(cat checked)" "$output"
	same 3 "$(sql "SELECT count(*) FROM copy WHERE copy = 'usb' AND proved = $(date -d '2026-05-01 10:00:00 UTC' +%s)")"
}

@test "gp-index --seen: a later proof renews the date, another copy has its own" {
	gp-index --seen usb <checked >/dev/null
	sql "UPDATE copy SET proved = 1000"
	head -n 1 checked | gp-index --seen usb >/dev/null
	same 2 "$(sql 'SELECT count(*) FROM copy WHERE proved = 1000')"
	gp-index --seen nas <checked >/dev/null
	same "nas|3 usb|3" "$(sql 'SELECT copy, count(*) FROM copy GROUP BY copy' | xargs)"
}

@test "gp-index --seen: anything but ok withdraws the proof, and says so" {
	gp-index --seen usb <checked >/dev/null
	gp-index --seen nas <checked >/dev/null
	jq -c '.check = {"1": "mismatch", "2": "missing", "3": "ok"}[.id]' checked >later
	run -1 --separate-stderr gp-index --seen usb <later
	has "$stderr" 1.jpg
	has "$stderr" mismatch
	same "$(cat later)" "$output"
	same "nas|3 usb|1" "$(sql 'SELECT copy, count(*) FROM copy GROUP BY copy' | xargs)"
	same "proof-lost|usb|mismatch proof-lost|usb|missing" \
		"$(sql 'SELECT kind, copy, detail FROM event ORDER BY detail' | xargs)"
	same "1 2" "$(gp-index --export --missing-from usb | jq -r .id | sort | xargs)"
}

@test "gp-index --seen: what gp-hash --check finds wrong, with its error, withdraws the proof" {
	gp-index --seen nas <checked >/dev/null
	echo rotten >"$GP_ARCHIVE/$(jq -r 'select(.id == "2").path' checked)"
	run -1 bash -o pipefail -c 'gp-index --export | gp-hash --check 2>/dev/null | gp-index --seen nas >/dev/null'
	same 2 "$(sql "SELECT count(*) FROM copy WHERE copy = 'nas'")"
	same "2" "$(gp-index --export --missing-from nas | jq -r .id)"
}

@test "gp-index --seen: what failed, was not checked or is unknown proves nothing and is counted" {
	export GP_RUN=r1
	{
		jq -c 'select(.id == "1")' checked
		jq -c 'select(.id == "2") | del(.check)' checked
		jq -c 'select(.id == "3") | .error = {stage: "gp-hash", code: "unreadable", message: "m"}' checked
		jq -c 'select(.id == "1") | .id = "u" | .filename = "U.jpg" | .sha256 = ("0" * 64)' checked
		jq -c 'select(.id == "1") | .id = "s" | .filename = "S.jpg" | .sha256 = "short"' checked
		echo 'no record'
	} >mixed
	run -1 --separate-stderr gp-index --seen usb <mixed
	[ "${#lines[@]}" -eq 6 ]
	same "missing-field unreadable not-found missing-field bad-record" \
		"$(jq -r '.error.code // empty' <<<"$output" | xargs)"
	for name in 2.jpg 3.jpg U.jpg S.jpg; do has "$stderr" "$name"; done
	same 1 "$(sql 'SELECT count(*) FROM copy')"
	same 5 "$(jq 'select(.stage == "gp-index --seen").failed' "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
}

@test "gp-index --seen: an empty list proves nothing, exit 2" {
	gp-index --seen usb <checked >/dev/null
	run -2 --separate-stderr gp-index --seen usb </dev/null
	has "$stderr" "nothing was checked"
	same 3 "$(sql 'SELECT count(*) FROM copy')"
	run -2 gp-index --seen "" <checked
}

@test "gp-index --seen: records leave while the input stays open, and nobody is locked out" {
	mkfifo in out
	gp-index --seen usb <in >out 3>&- &
	exec 5>in 6<out
	head -n 1 checked >&5
	read -r line <&6
	same "$(head -n 1 checked)" "$line"
	same 1 "$(sql 'SELECT count(*) FROM copy')"
	sqlite3 -cmd '.timeout 0' "$GP_ARCHIVE/.gp/index.db" "BEGIN IMMEDIATE; DELETE FROM copy; COMMIT"
	tail -n +2 checked >&5
	exec 5>&-
	same 2 "$(wc -l <&6)"
	exec 6<&-
	wait "$!"
	same 2 "$(sql 'SELECT count(*) FROM copy')"
}

@test "gp-index --seen: thousands of records, each once" {
	local i lines
	lines=$(<checked)
	for ((i = 0; i < 2000; i++)); do printf '%s\n' "$lines"; done >many
	gp-index --seen usb <many >out
	cmp many out
	same 3 "$(sql 'SELECT count(*) FROM copy')"
}

@test "gp-index --seen, --packed: a run that is stopped writes its counts all the same" {
	local mode
	export ASAN_OPTIONS=$NO_LEAKS
	jq -c '. + {disc: "D-0001", discPath: ("data/" + .filename)}' checked >on-disc
	for mode in "--seen usb" --packed; do
		rm -rf "$GP_ARCHIVE/.gp/runs"
		# shellcheck disable=SC2086 # words
		GP_RUN=stopped run -2 --separate-stderr strace -qq -f -o /dev/null -e trace=pwrite64 \
			-e inject=pwrite64:error=ENOSPC gp-index $mode <on-disc
		same 3 "$(jq -s length <<<"$output")"
		[ -s "$GP_ARCHIVE/.gp/runs/stopped/counts.ndjson" ] || fail "$mode"
	done
}

# faulting MODE...: `in` record by record into `out`; after the first the index's
# memory has no room on the disk any more: for a page that was mapped the kernel
# sends SIGBUS
faulting() {
	local pid to from answer record
	status=0
	rm -f fifo answers out
	mkfifo fifo answers
	timeout "$PATIENCE" gp-index "$@" <fifo >answers 2>err 3>&- &
	pid=$!
	exec {to}>fifo {from}<answers
	while IFS= read -r record; do
		printf '%s\n' "$record" >&"$to"
		IFS= read -r answer <&"$from" || fail "no answer: $(cat err)"
		printf '%s\n' "$answer" >>out
		truncate -s 0 "$GP_ARCHIVE/.gp/index.db-shm"
	done <in
	# nobody waits for its locks meanwhile
	same 3 "$(timeout "$PATIENCE" gp-index --stats | jq .files)"
	exec {to}>&-
	wait "$pid" || status=$?
	exec {from}<&-
}

@test "gp-index --new, --seen, --packed: where the disk can't hold the index's memory, the rest of the input is marked, exit 2" {
	local mode
	jq -c '. + {disc: "D-0001", discPath: ("data/" + .filename)}' checked >on-disc
	for i in 4 5 6; do jq -nc --arg i "$i" '{id: $i, filename: ($i + ".jpg")}'; done >listed
	while read -r list mode; do
		rm -rf "$GP_ARCHIVE/.gp/runs"
		cp "$list" in
		# shellcheck disable=SC2086 # words
		GP_RUN=faulty faulting $mode
		same "$mode 2 1" "$mode $status $(wc -l <err)"
		has "$(cat err)" "no space left for the index, or its disk fails"
		same "$(jq -r .id in)" "$(jq -r .id out)"
		same "null index index" "$(jq -r '.error.code' out | xargs)"
		same "$mode 2" "$mode $(jq .failed "$GP_ARCHIVE/.gp/runs/faulty/counts.ndjson")"
	done <<-END
		listed --new
		checked --seen usb
		on-disc --packed
	END
	# what was answered was kept, and it goes on where there is room
	same "1 1" "$(sqlite3 "$GP_ARCHIVE/.gp/index.db" "SELECT (SELECT count(*) FROM copy) || ' ' || (SELECT count(*) FROM disc_file)")"
	gp-index --seen usb <checked >/dev/null
	gp-index --packed <on-disc >/dev/null
	gp-index --check
}

# bats test_tags=unsanitized
@test "gp-index --seen, --record: hundreds of long records, each in its turn, take no more memory than a few" {
	# at another place of the batch each time; the first makes room for several in one
	python3 - >many <<-'END'
		print('{"id":"long","pad":"%s"}' % ("x" * 1000000))
		for n in range(400):
		    for i in range(n):
		        print('{"id":"short"}')
		    print('{"id":"long","pad":"%s"}' % ("x" * 200000))
	END
	for mode in "--seen usb" --record; do
		# shellcheck disable=SC2086 # words
		env time -f %M -o peak gp-index $mode <many >out 2>err || [ $? -eq 1 ]
		same "$mode $(wc -l <many)" "$mode $(wc -l <out)"
		[ "$(tail -n 1 peak)" -lt 32768 ] || fail "$mode: $(cat peak) KiB"
	done
}
