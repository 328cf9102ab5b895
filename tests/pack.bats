#!/usr/bin/env bats
# gp-pack: which file goes on which disc.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# stored_records N [SIZE]: records of N stored files, two a day, the newest first
stored_records() {
	jq -nc --argjson n "$1" --argjson size "${2:-5000000}" 'range($n) | {
		id: "\(.)", filename: "IMG_\(.).jpg", mimeType: "image/jpeg",
		creationTime: (1600000000 - . * 43200 | todate),
		album: {id: "Ezra", title: "Ezra"}, sha256: ("\(1000000 + .)" * 10)[:64],
		size: $size, path: "ezra-2026-Q4/IMG_\(.).jpg", status: "stored"}'
}

@test "gp-pack --plan: discs are filled in the order of time, to at least 98 %" {
	stored_records 6000 >in
	run -0 --separate-stderr gp-pack --plan --capacity bd25 --flush <in
	printf '%s\n' "$output" >out
	same 6000 "$(jq -s length out)"
	same "GP-0001 GP-0002" "$(jq -sr 'map(.disc) | unique | join(" ")' out)"
	# time only rises, across discs too
	jq -se 'map([.disc, .creationTime]) | . == sort' out
	# 24,220,008,448 bytes: what was planned, without lists and parity
	jq -se 'map(select(.disc == "GP-0001").size) | add | . * 1.1 / 24220008448 |
		. > 0.98 and . < 1' out
	has "$stderr" "GP-0001: planned: "
	[ ! -e "$GP_ARCHIVE/burn" ]
}

@test "gp-pack: a record is passed on as it came, with disc and discPath behind it" {
	echo '{"id":"a", "n":1.10,"sha256":"'"$(printf a | sha256sum | cut -c1-64)"'","size":1,"path":"x/A b.jpg","creationTime":"2024-05-31T23:59:59Z","big":12345678901234567890,"z":"\u0000"}' >in
	run -0 --separate-stderr gp-pack --plan --flush --label EZRA --number 12 <in
	same "$(sed 's/}$/,"disc":"EZRA-0012","discPath":"data\/2024\/2024-05\/A b.jpg"}/' in)" "$output"
}

@test "gp-pack: each distinct file goes on one disc, whatever the albums" {
	stored_records 3 >one
	jq -c '.album = {id: "B", title: "B"} | .id += "b"' one | cat one - one >in
	run -0 --separate-stderr gp-pack --plan --flush <in
	printf '%s\n' "$output" >out
	same 9 "$(jq -s length out)"
	same 3 "$(jq -r '[.sha256, .disc, .discPath] | @tsv' out | sort -u | wc -l)"
	has "$stderr" "3 files, 15.0 MB"
}

@test "gp-pack: below the threshold nothing is packed; at it a disc counts as full" {
	stored_records 10 1000000 >in
	run -0 --separate-stderr gp-pack --plan --threshold 10000001 <in
	same "$(sort in)" "$(sort <<<"$output")"
	has "$stderr" "10 files, 10.0 MB wait; 1 B until the threshold"
	run -0 --separate-stderr gp-pack --plan --threshold 10000000 <in
	same 10 "$(jq -s 'map(select(.disc)) | length' <<<"$output")"
	run -0 --separate-stderr gp-pack --plan --threshold 10000001 --flush <in
	same 10 "$(jq -s 'map(select(.disc)) | length' <<<"$output")"
}

@test "gp-pack: without a threshold only full discs are made, the rest waits" {
	stored_records 30 1000000 >in
	run -0 --separate-stderr gp-pack --plan --capacity 20M <in
	packed=$(jq -s 'map(select(.disc)) | length' <<<"$output")
	[ "$packed" -ge 15 ]
	[ "$packed" -le 19 ]
	same "$((30 - packed))" "$(jq -s 'map(select(.disc == null)) | length' <<<"$output")"
	# the oldest go first
	jq -se '([.[] | select(.disc)] | max_by(.creationTime).creationTime) <
		([.[] | select(.disc == null)] | min_by(.creationTime).creationTime)' <<<"$output"
}

@test "gp-pack: a file larger than a disc is an error, and nothing else is lost" {
	{
		stored_records 3 1000
		jq -nc '{id: "big", filename: "BIG.MP4", sha256: ("b" * 64), size: 30000000000, path: "x/BIG.MP4",
			creationTime: "2000-01-01T00:00:00Z"}'
	} >in
	run -1 --separate-stderr gp-pack --plan --capacity bd25 --flush <in
	same too-large "$(jq -r 'select(.id == "big") | .error.code' <<<"$output")"
	has "$stderr" "BIG.MP4: larger than a disc"
	same 3 "$(jq -s 'map(select(.disc)) | length' <<<"$output")"
	run -0 --separate-stderr gp-pack --plan --capacity bd50 --flush <in
}

@test "gp-pack: what is no stored file becomes an error; what failed before passes untouched" {
	cat >in <<-END
		{"id":"a"}
		{"id":"b","path":"../b","size":1,"sha256":"$(printf '%064d' 1)"}
		{"id":"c","path":"x/c","size":-1,"sha256":"$(printf '%064d' 1)"}
		{"id":"d","path":"x/d","size":1,"sha256":"12"}
		{"id":"e","error":{"stage":"gp-fetch","code":"gone","message":"m"} }
		{"id":"f","path":"x/f","size":1,"sha256":"$(printf '%064d' 2)","supersededBy":"$(printf '%064d' 3)"}
		{"id":"g
	END
	run -1 --separate-stderr gp-pack --plan --flush <in
	same "a missing-field
b unsafe-path
c missing-field
d missing-field
e gone
f null
null bad-record" "$(jq -r '"\(.id) \(.error.code)"' <<<"$output")"
	grep -xF "$(grep '"e"' in)" <<<"$output"
	grep -xF "$(grep '"f"' in)" <<<"$output"
}

@test "gp-pack: names on the disc are short, plain, and different to every reader" {
	name() {
		jq -nc --arg p "$1" --arg s "$(printf '%s' "$1" | sha256sum | cut -c1-64)" \
			'{id: $s, size: 10, path: $p, sha256: $s, creationTime: "2024-05-01T00:00:00Z"}'
	}
	long=$(printf 'ö%.0s' {1..69})
	{
		name a/IMG_1.JPG
		name b/img_1.jpg
		name c/IMG_1.jpg
		name a/100%.jpg
		name 'a/a;b.jpg'
		name "a/$long.jpeg"
		name "b/$long.jpeg"
		name 'a/smile😀.jpg'
		name a/noext
		name "a/$(printf 'x%.0s' {1..64})"
	} >in
	run -0 --separate-stderr gp-pack --plan --flush <in
	printf '%s\n' "$output" >out
	same 10 "$(jq -r .discPath out | tr '[:upper:]' '[:lower:]' | sort -u | wc -l)"
	jq -se 'all(.discPath | ltrimstr("data/2024/2024-05/") | length <= 64)' out
	has "$(jq -r .discPath out)" "data/2024/2024-05/IMG_1.JPG"
	has "$(jq -r .discPath out)" "data/2024/2024-05/100_.jpg"
	has "$(jq -r .discPath out)" "data/2024/2024-05/a_b.jpg"
	has "$(jq -r .discPath out)" "data/2024/2024-05/smile_.jpg"
	has "$(jq -r .discPath out)" "data/2024/2024-05/$(printf 'x%.0s' {1..64})"
}

@test "gp-pack: files without a time come last, and an offset is reckoned in" {
	cat >in <<-END
		{"id":"none","path":"x/n","size":1,"sha256":"$(printf '%064d' 1)"}
		{"id":"bad","path":"x/b","size":1,"sha256":"$(printf '%064d' 2)","creationTime":"yesterday"}
		{"id":"zone","path":"x/z","size":1,"sha256":"$(printf '%064d' 3)","creationTime":"2024-01-01T00:30:00+01:00"}
	END
	run -0 --separate-stderr gp-pack --plan --flush <in
	same "zone data/2023/2023-12/z
bad data/undated/b
none data/undated/n" "$(jq -r '"\(.id) \(.discPath)"' <<<"$output")"
}

@test "gp-pack: any set of files and capacities: every file once, order kept, no disc over" {
	local round
	seeded
	for round in 1 2 3 4 5 6; do
		capacity=$((2000000 + RANDOM * 1000)) parity=$((RANDOM % 40))
		most=$((RANDOM % 3 == 0 ? capacity : capacity / (2 + RANDOM % 50)))
		awk -v seed="$RANDOM" -v n="$((RANDOM % 400))" -v most="$most" 'BEGIN {
			srand(seed)
			for (i = 0; i < n; i++) {
				k = rand() < 0.1 && i > 0 ? int(rand() * i) : i
				if (!(k in size)) { size[k] = int(rand() * most); day[k] = int(rand() * 9) }
				printf "{\"id\":\"%d\",\"path\":\"x/%d\",\"size\":%d,\"sha256\":\"%064d\",\"creationTime\":\"200%d-01-01T00:00:00Z\"}\n",
					i, k % 7, size[k], k, day[k]
			}
		}' >in
		gp-pack --plan --flush --capacity "$capacity" --parity "$parity" <in >out 2>err || [ $? -eq 1 ]
		same "$(jq -r .id in | sort)" "$(jq -r .id out | sort)" "records"
		jq -se --argjson c "$capacity" --argjson p "$parity" '
			map(select(.error == null)) | map({sha256, disc, discPath, size, creationTime}) | unique
			| (map(.sha256) | length == (unique | length))
			and (map("\(.disc)/\(.discPath)") | length == (unique | length))
			and (map([.disc, .creationTime]) | . == sort)
			and (group_by(.disc) | all(map(.size) | add * (100 + $p) / 100 <= $c))' out >/dev/null
		# what is an error is one alone: it fits on no disc
		jq -se --argjson c "$capacity" --argjson p "$parity" 'map(select(.error)) |
			all(.error.code == "too-large" and .size * (100 + $p) / 100 + 700000 > $c)' out >/dev/null
		# a disc before the last is full: the next file did not fit
		jq -se --argjson c "$capacity" --argjson p "$parity" --argjson most "$most" '
			map(select(.error == null)) | unique_by(.sha256) | group_by(.disc) | .[:-1] |
			all((map(.size * (100 + $p) / 100 + 6000) | add) + $most * (100 + $p) / 100 + 700000 > $c)' out >/dev/null
	done
}

@test "gp-pack: the counts of the run balance" {
	{
		stored_records 30 1000000
		echo '{"id":"x"}'
	} >in
	GP_RUN=r1 run -1 --separate-stderr gp-pack --plan --capacity 20M <in
	same "gp-pack 31 1" "$(jq -r '"\(.stage) \(.packed + .waiting + .failed) \(.failed)"' "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
}

@test "gp-pack: what it does not understand it refuses" {
	for args in "--capacity cd" "--capacity 1000" "--threshold x" "--parity 101" "--label ezra" \
		"--label " "--number 0" "--number 10000" "surplus"; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr gp-pack --plan ${args% } ${args:+$([[ $args = *' ' ]] && echo "''")} </dev/null
		has "$stderr" "usage: gp-pack"
		same "" "$output"
	done
}

@test "gp-pack: nothing to pack is no failure" {
	run -0 --separate-stderr gp-pack --plan --flush </dev/null
	same "" "$output"
}

# bats test_tags=unsanitized
@test "gp-pack: memory stays flat" {
	stored_records 200000 >in
	bash -c 'ulimit -v 200000; /usr/bin/time -f %M gp-pack --plan --capacity bd25 --flush <in 2>err >out'
	same 200000 "$(wc -l <out)"
	[ "$(tail -n 1 err)" -lt 65536 ]
}

@test "gp-pack: where a disc can't be, what was told of those before is told once, the rest is marked" {
	stored_records 30 1000000 >in
	mkdir -p "$GP_ARCHIVE/archived/GP-0002"
	GP_RUN=r1 run -2 --separate-stderr gp-pack --plan --flush --capacity 20M --number 1 <in
	has "$stderr" "GP-0002: the label is used already"
	same "$(jq -r .id in | sort)" "$(jq -r .id <<<"$output" | sort)"
	same "GP-0001 null,null stopped" "$(jq -r '"\(.disc) \(.error.code)"' <<<"$output" | sort -u | paste -sd,)"
	same 30 "$(jq '.packed + .failed' "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
}

@test "gp-pack: a record that can't be read back in the middle of a disc: each leaves once" {
	export ASAN_OPTIONS=$NO_LEAKS
	{
		stored_records 120
		stored_records 60 | jq -c '.album = {id: "B", title: "B"} | .id += "b"'
	} >in
	run -2 --separate-stderr strace -qq -o trace -e trace=pread64 -e inject=pread64:error=EIO:when=90 \
		gp-pack --plan --flush <in
	grep -q INJECTED trace
	has "$stderr" "cannot read back"
	same "$(jq -r .id in | sort)" "$(jq -r .id <<<"$output" | sort)"
	same "GP-0001 null,null stopped" "$(jq -r '"\(.disc) \(.error.code)"' <<<"$output" | sort -u | paste -sd,)"
}

@test "gp-pack: a folder that is no archive is refused, nothing is made there, and what comes is marked" {
	{
		stored_records 3
		echo '{"id":"before","error":{"stage":"gp-list","code":"gone","message":"gone"}}'
	} >in
	mkdir plain
	for dir in plain absent; do
		for options in --plan "--flush --parity 0"; do
			# shellcheck disable=SC2086 # words
			run -2 --separate-stderr gp-pack -C "$dir" $options <in
			same "$(jq -c 'del(.error)' in)" "$(jq -c 'del(.error)' <<<"$output")"
			same "stopped stopped stopped gone" "$(jq -r .error.code <<<"$output" | xargs)"
			has "$stderr" "gp-index --init"
		done
	done
	same "" "$(ls -A plain)"
	[ ! -e absent ]
}
