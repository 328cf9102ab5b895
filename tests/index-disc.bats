#!/usr/bin/env bats
# gp-index --packed, --disc-state: which file is on which disc, and what became
# of the disc. A photo that the index wrongly takes for packed is on no disc.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
}

# packed LABEL [JQ]: what is unpacked, as gp-pack passes it on
packed() {
	gp-index --export --unpacked | jq -c --arg d "$1" '. + {disc: $d, discPath: ("data/" + .path)} | '"${2:-.}"
}

ids() {
	jq -r .id | xargs
}

# life LABEL STATE...: through these states, all allowed
life() {
	local label=$1 state
	shift
	for state; do
		run -0 --separate-stderr gp-index --disc-state "$label" "$state"
		same "" "$output$stderr"
		same "$state" "$(gp-index --stats | jq -r --arg l "$label" '.discs[] | select(.label == $l).state')"
	done
}

# refused LABEL STATE WORDS: exit 2, said, nothing changed
refused() {
	local before
	before=$(sql 'SELECT * FROM disc ORDER BY 1')
	run -2 --separate-stderr gp-index --disc-state "$1" "$2"
	same "" "$output"
	has "$stderr" "$3"
	same "$before" "$(sql 'SELECT * FROM disc ORDER BY 1')"
}

@test "gp-index --packed: passes records on to the letter, and they are unpacked no more" {
	packed EZRA-0001 '.n = "N"' | sed 's/"N"/1.10/' >list
	run -0 --separate-stderr gp-index --packed <list
	same "" "$stderr"
	same "$(cat list)" "$output"
	same "" "$(gp-index --export --unpacked)"
	same '[["EZRA-0001","built",3]]' "$(gp-index --stats | jq -c '[.discs[] | [.label, .state, .files]]')"
	same "data/$folder/A.jpg" "$(gp-index --export --disc EZRA-0001 | jq -r 'select(.id == "a").discPath')"
	gp-index --check
}

@test "gp-index --packed: the same records again change nothing" {
	packed EZRA-0001 >list
	head -n 2 list | gp-index --packed >out
	before=$(sql 'SELECT * FROM disc; SELECT count(*) FROM event')
	gp-index --packed <list >out
	same "$(cat list)" "$(cat out)"
	same "$before" "$(sql 'SELECT * FROM disc; SELECT count(*) FROM event')"
	same 3 "$(gp-index --export --disc EZRA-0001 | wc -l)"
}

@test "gp-index --packed: the image's sum is kept; another one is refused" {
	sum=$(printf image | sha256sum | cut -c1-64)
	packed EZRA-0001 >list
	head -n 1 list | gp-index --packed >out
	same "" "$(sql 'SELECT hex(image_sha256) FROM disc')"
	jq -c --arg s "$sum" '.imageSha256 = $s' list | gp-index --packed >out
	same "${sum^^}" "$(sql 'SELECT hex(image_sha256) FROM disc')"
	same "$sum" "$(gp-index --stats | jq -r '.discs[].image')"
	run -1 --separate-stderr gp-index --packed < <(jq -c '.imageSha256 = .sha256' list)
	same "conflict conflict conflict" "$(jq -r .error.code <<<"$output" | xargs)"
	has "$stderr" "another image"
	run -1 gp-index --packed < <(jq -c '.imageSha256 = "x"' list)
	same "${sum^^}" "$(sql 'SELECT hex(image_sha256) FROM disc')"
}

@test "gp-index --packed: a file is on one disc only, at one place" {
	packed EZRA-0001 >list
	gp-index --packed <list >out
	run -1 --separate-stderr gp-index --packed < <(jq -c '.disc = "EZRA-0002"' list)
	same "conflict conflict conflict" "$(jq -r .error.code <<<"$output" | xargs)"
	has "$stderr" "A.jpg: is on disc EZRA-0001 already"
	same 1 "$(sql 'SELECT count(*) FROM disc')"
	run -1 --separate-stderr gp-index --packed < <(jq -c '.discPath = "data/x/" + .id' list)
	has "$stderr" "is on disc EZRA-0001 already, as data/$folder/A.jpg"
	staged d D.jpg delta | gp-index --record >out
	run -1 --separate-stderr gp-index --packed < <(packed EZRA-0001 ".discPath = \"data/$folder/A.jpg\"")
	has "$stderr" "D.jpg: another file is data/$folder/A.jpg"
	same d "$(gp-index --export --unpacked | ids)"
	gp-index --check
}

@test "gp-index --packed: a superseded copy goes on no disc" {
	staged c1 P.jpg rendered '. + {source: "picker", original: "no", creationTime: "2024-05-01T10:20:30Z"}' |
		gp-index --record >out
	packed EZRA-0001 'select(.id == "c1")' >list
	staged o1 P.HEIC bytes '. + {source: "takeout", original: "yes", creationTime: "2024-05-01T10:20:30Z"}' |
		gp-index --record >out
	run -1 --separate-stderr gp-index --packed <list
	same conflict "$(jq -r .error.code <<<"$output")"
	has "$stderr" "P.jpg: is superseded"
	same 0 "$(sql 'SELECT count(*) FROM disc')"
}

@test "gp-index --packed: what is no packed record becomes an error, a failed one passes" {
	error='{"id":"e","error":{"stage":"gp-pack","code":"too-large","message":"m"},"disc":"EZRA-0001"}'
	{
		packed EZRA-0001 'select(.id == "a") | del(.discPath)'
		packed EZRA-0001 'select(.id == "a") | .disc = 1'
		packed EZRA-0001 'select(.id == "a") | .sha256 = "00" + .sha256[2:]'
		packed EZRA-0001 'select(.id == "a") | .disc = "../x"'
		packed EZRA-0001 'select(.id == "a") | .disc = ".x"'
		packed EZRA-0001 'select(.id == "a") | .discPath = "data/../../x"'
		packed EZRA-0001 'select(.id == "a") | .discPath = "/x"'
		echo nonsense
		echo "$error"
		packed EZRA-0001 'select(.id == "b")'
	} >list
	GP_RUN=r1 run -1 --separate-stderr gp-index --packed <list
	same "missing-field missing-field not-found unsafe-path unsafe-path unsafe-path unsafe-path bad-record too-large null" \
		"$(jq -r .error.code <<<"$output" | xargs)"
	has "$output" "$error"
	same "a c" "$(gp-index --export --unpacked | ids)"
	same '{"failed":9,"packed":1}' "$(jq -c 'del(.stage)' "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
}

@test "gp-index --packed: what waits for the next disc passes untouched" {
	{
		packed EZRA-0001 'select(.id == "a")'
		gp-index --export | jq -c 'select(.id != "a")'
	} >list
	GP_RUN=r1 gp-index --packed <list >out
	same "$(cat list)" "$(cat out)"
	same "b c" "$(gp-index --export --unpacked | ids)"
	same '{"packed":1,"waiting":2}' "$(jq -c 'del(.stage)' "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
}

@test "gp-index --packed: nothing packed is no failure; no index is one" {
	run -0 --separate-stderr gp-index --packed </dev/null
	same "" "$output$stderr"
	rm "$index"*
	run -2 --separate-stderr gp-index --packed </dev/null
	has "$stderr" "no index"
}

@test "gp-index --disc-state: built, burned, verified, archived, one after the other" {
	packed EZRA-0001 | gp-index --packed >out
	refused EZRA-0001 verified "is built: it can't become verified now, only burned or failed"
	refused EZRA-0001 built "only burned"
	life EZRA-0001 burned
	refused EZRA-0001 burned "only verified"
	refused EZRA-0001 built "only verified"
	life EZRA-0001 verified archived
	refused EZRA-0001 failed "is archived, which is for good"
	refused EZRA-0001 verified "is archived"
	same "built burned verified archived" "$(sql "SELECT detail FROM event WHERE kind = 'disc' ORDER BY event" | xargs)"
}

@test "gp-index --disc-state: a label or state that is none is refused" {
	packed EZRA-0001 | gp-index --packed >out
	refused EZRA-0002 burned "EZRA-0002: the index has no disc of that label"
	refused EZRA-0001 Burned "Burned is no state"
	run -2 gp-index --disc-state EZRA-0001
	run -2 gp-index --disc-state EZRA-0001 burned more
	run -2 gp-index --disc-state
}

@test "gp-index: on a disc in whatever state, it is not offered; on a failed one, it is again" {
	packed EZRA-0001 'select(.id == "a")' | gp-index --packed >out
	for state in burned verified archived; do
		life EZRA-0001 "$state"
		same "b c" "$(gp-index --export --unpacked | ids)"
	done
	for last in built burned verified; do
		packed "$last" 'select(.id == "b")' | gp-index --packed >out
		same c "$(gp-index --export --unpacked | ids)"
		[ "$last" = built ] || life "$last" burned
		[ "$last" != verified ] || life "$last" verified
		life "$last" failed
		same "b c" "$(gp-index --export --unpacked | ids)"
		refused "$last" burned "is failed, which is for good"
	done
	gp-index --check
}

@test "gp-index --packed: the label of a failed disc is never used again" {
	packed EZRA-0001 >list
	head -n 1 list | gp-index --packed >out
	life EZRA-0001 failed
	run -1 --separate-stderr gp-index --packed <list
	same "conflict conflict conflict" "$(jq -r .error.code <<<"$output" | xargs)"
	has "$stderr" "never used again"
	same 3 "$(gp-index --export --unpacked | wc -l)"
	jq -c '.disc = "EZRA-0002"' list | gp-index --packed >out
	same "" "$(gp-index --export --unpacked)"
	gp-index --check
}

@test "gp-index --packed: to a disc that was burned nothing is added" {
	packed EZRA-0001 >list
	head -n 1 list | gp-index --packed >out
	life EZRA-0001 burned
	run -1 --separate-stderr gp-index --packed <list
	same "null conflict conflict" "$(jq -r .error.code <<<"$output" | xargs)"
	has "$stderr" "is burned: nothing is added"
}

@test "gp-index --seen LABEL: a disc that was read back is a copy; when it fails it is none" {
	packed EZRA-0001 | gp-index --packed >out
	life EZRA-0001 burned
	gp-index --export --disc EZRA-0001 | jq -c '.check = "ok"' | gp-index --seen EZRA-0001 >out
	same "" "$(gp-index --export --missing-from EZRA-0001)"
	same EZRA-0001 "$(gp-index --export | jq -r 'select(.id == "a").copies | keys[]')"
	life EZRA-0001 failed
	same 3 "$(gp-index --export --missing-from EZRA-0001 | wc -l)"
}

@test "gp-index --check: a file on two discs is named" {
	packed EZRA-0001 | gp-index --packed >out
	sql "INSERT INTO disc VALUES ('X', 'built', NULL, 0); INSERT INTO disc_file SELECT 'X', file, path FROM disc_file
		WHERE path LIKE '%A.jpg'"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "A.jpg: is on more than one disc"
}

@test "gp-index --packed: killed at each durable step, run again, all is there once" {
	export ASAN_OPTIONS=$NO_LEAKS
	local call count n total=0 tried=0
	packed EZRA-0001 >list
	cp -a "$GP_ARCHIVE" before
	for call in fdatasync fsync pwrite64 write; do
		strace -qq -f -o calls -e "trace=$call" gp-index --packed <list >out
		count=$(grep -c " $call(" calls || true)
		for ((n = 1; n <= count; n++)); do
			total=$((total + 1))
			[ -n "$GP_LONG" ] || [ "$((total % 2))" -eq 1 ] || continue
			tried=$((tried + 1))
			rm -rf "$GP_ARCHIVE"
			cp -a before "$GP_ARCHIVE"
			killed_at "$call" "$n" gp-index --packed <list >out 2>err
			# what left was kept before
			[ "$(grep -c . out)" -eq 0 ] || same "" "$(gp-index --export --unpacked)"
			gp-index --packed <list >out
			same "$(cat list)" "$(cat out)" "killed at $call $n"
			same 3 "$(gp-index --export --disc EZRA-0001 | wc -l)"
			gp-index --check 2>err || fail "$(cat err)"
		done
		rm -rf "$GP_ARCHIVE"
		cp -a before "$GP_ARCHIVE"
	done
	[ "$total" -gt 5 ]
	same "$tried" "$struck" "those that were killed"
}
