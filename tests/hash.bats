# gp-hash: sums, order, checks, lists of sums.
# builds: san tsan
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# files N: N small files f1... with different contents
files() {
	local i
	for ((i = 1; i <= $1; i++)); do
		printf 'content %d\n' "$i" >"f$i"
	done
}

# record ID FILE: a record as gp-fetch writes it
record() {
	jq -nc --arg id "$1" --arg file "$2" '{id: $id, filename: ($id + ".jpg"), file: $file}'
}

sum() {
	sha256sum <"$1" | cut -d ' ' -f 1
}

# --- the filter ---------------------------------------------------------------

@test "gp-hash: a record gets sha256 and size, and keeps the rest to the letter" {
	printf 'hello\n' >a
	printf '%s\n' '{ "id":"1\u0000\/", "n" : 1.10,"big":12345678901234567890123,"file":"a" }' >in
	run --separate-stderr gp-hash <in
	same 0 "$status" status
	same "" "$stderr" stderr
	same '{ "id":"1\u0000\/", "n" : 1.10,"big":12345678901234567890123,"file":"a" ,"size":6,"sha256":"'"$(sum a)"'"}' "$output"
}

@test "gp-hash: a file of no bytes has a sum too" {
	: >empty
	run -0 gp-hash < <(record 1 empty)
	same e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 "$(jq -r .sha256 <<<"$output")"
	same 0 "$(jq .size <<<"$output")"
}

# bats test_tags=threads
@test "gp-hash: the order of the input is kept with -j4, big and small files mixed" {
	files 200
	head -c 30000000 /dev/zero >f1
	head -c 20000000 /dev/zero >f77
	seq 200 | sed 's/.*/{"id":"&","filename":"&.jpg","file":"f&"}/' >in
	run -0 --separate-stderr gp-hash -j4 <in
	same "$(seq 200)" "$(jq -r .id <<<"$output")" order
	same "$(seq -f f%.0f 200 | xargs sha256sum | cut -c 1-64)" "$(jq -r .sha256 <<<"$output")" sums
}

# bats test_tags=threads
@test "gp-hash: one thread and many give the same output" {
	files 50
	for i in $(seq 50) 3 3 99; do record "$i" "f$i"; done >in
	run -1 --separate-stderr gp-hash -j1 <in
	local one=$output
	run -1 --separate-stderr gp-hash -j16 <in
	same "$one" "$output"
}

# bats test_tags=threads
@test "gp-hash: what is done leaves while the input is idle" {
	files 3
	mkfifo in out
	gp-hash -j2 <in >out 3>&- &
	local pid=$! line
	exec 7>in 8<out
	record 1 f1 >&7
	read -r -t "$PATIENCE" line <&8
	same 1 "$(jq -r .id <<<"$line")"
	# half a line holds nobody up
	record 2 f2 >&7
	printf '{"id":"3",' >&7
	read -r -t "$PATIENCE" line <&8
	same 2 "$(jq -r .id <<<"$line")"
	printf '"file":"f3"}\n' >&7
	exec 7>&-
	read -r -t "$PATIENCE" line <&8
	same 3 "$(jq -r .id <<<"$line")"
	exec 8<&-
	wait "$pid"
}

@test "gp-hash: a record with an error passes to the letter" {
	printf '%s\n' '{"id":"1", "file":"nowhere","error":{"stage":"gp-fetch","code":"expired","message":"a\/b"} }' >in
	run -1 --separate-stderr gp-hash <in
	same "$(cat in)" "$output"
	same "" "$stderr" stderr
	run -1 --separate-stderr gp-hash --check <in
	same "$(cat in)" "$output"
}

@test "gp-hash: an error of null is none" {
	files 1
	run -0 gp-hash <<<'{"id":"1","file":"f1","error":null}'
	same "$(sum f1)" "$(jq -r .sha256 <<<"$output")"
}

# bats test_tags=threads
@test "gp-hash: a file that is not there is an error record, the others go on" {
	files 2
	run -1 --separate-stderr gp-hash < <(record 1 gone; record 2 f2)
	same gp-hash:not-found "$(jq -r '.error | select(. != null) | .stage + ":" + .code' <<<"$output")"
	same "$(sum f2)" "$(jq -r 'select(.id == "2").sha256' <<<"$output")"
	same "gp-hash: 1.jpg: cannot read gone: No such file or directory" "$stderr"
}

@test "gp-hash: a file gone from staging passes without a sum, and -v says so" {
	printf '{"id":"1","filename":"1.jpg","key":"k","file":"%s/.gp/staging/x"}\n' "$PWD" >in
	run -0 --separate-stderr gp-hash -v <in
	same "$(cat in)" "$output"
	has "$stderr" "1.jpg: gone from staging"
	run -0 gp-hash < <(jq -c 'del(.key)' in)
}

@test "gp-hash: a folder or a pipe in place of a file is unreadable, and nothing hangs" {
	mkdir folder
	mkfifo pipe
	run -1 --separate-stderr timeout "$PATIENCE" gp-hash < <(record 1 folder; record 2 pipe)
	same $'unreadable\nunreadable' "$(jq -r .error.code <<<"$output")"
	has "$stderr" "1.jpg: cannot read folder: Is a directory"
	has "$stderr" "2.jpg: cannot read pipe: not a regular file"
}

@test "gp-hash: neither file nor path is a missing field" {
	run -1 --separate-stderr gp-hash <<<'{"id":"1","filename":"a.jpg"}'
	same missing-field "$(jq -r .error.code <<<"$output")"
	has "$stderr" "gp-hash: a.jpg: neither"
}

@test "gp-hash: a size that differs from the bytes is an error, a right one is kept as written" {
	printf 'hello\n' >a
	run -1 --separate-stderr gp-hash <<<'{"id":"1","file":"a","size":7}'
	same bad-length "$(jq -r .error.code <<<"$output")"
	same null "$(jq .sha256 <<<"$output")"
	has "$stderr" "the file has 6 bytes"
	run -0 gp-hash <<<'{"id":"1","file":"a","size":"6"}'
	same '"6"' "$(jq .size <<<"$output")"
	run -1 gp-hash <<<'{"id":"1","file":"a","size":6.5}'
	run -0 --separate-stderr gp-hash <<<'{"id":"1","file":"a","size":null}'
	same 6 "$(jq .size <<<"$output")"
}

@test "gp-hash: lines that are no records become error records" {
	printf '%s\n' 'rubbish' '[1]' '{"no":"id"}' '' >in
	run -1 --separate-stderr gp-hash <in
	same "$(printf 'bad-record\n%.0s' 1 2 3 4)" "$(jq -r .error.code <<<"$output")"
	has "$stderr" "line 3 is no record"
}

@test "gp-hash: a last line that is cut off is a bad record" {
	files 2
	{
		record 1 f1
		record 2 f2 | tr -d '\n'
	} >in
	run -1 --separate-stderr gp-hash <in
	same "$(printf 'null\n"bad-record"')" "$(jq .error.code <<<"$output")"
	has "$stderr" "cut off"
}

@test "gp-hash: no records at all is no mistake of this stage" {
	run -0 --separate-stderr gp-hash </dev/null
	same "" "$output$stderr"
}

# bats test_tags=threads
@test "gp-hash: a full disk, a closed output and a folder as input are exit 2" {
	files 1
	record 1 f1 >in
	run -2 --separate-stderr bash -c 'gp-hash <in >/dev/full'
	same "gp-hash: standard output: No space left on device" "$stderr"
	run -2 --separate-stderr bash -c 'gp-hash f1 >/dev/full'
	run -2 --separate-stderr "${REAL_CLOCK[@]}" bash -c 'gp-hash <in >&-'
	has "$stderr" "gp-hash: standard output: "
	run -2 --separate-stderr gp-hash <.
	same "gp-hash: reading records: Is a directory" "$stderr"
	run -2 --separate-stderr "${REAL_CLOCK[@]}" bash -c 'gp-hash <&-'
	same "gp-hash: reading records: Bad file descriptor" "$stderr"
}

# bats test_tags=threads
@test "gp-hash: a reader that leaves ends it" {
	files 20
	for i in $(seq 20); do record "$i" "f$i"; done >in
	run --separate-stderr bash -c 'set -o pipefail; (while cat in; do :; done) 2>/dev/null | gp-hash | head -n 1 >/dev/null; echo "${PIPESTATUS[1]}"'
	same 141 "$output"
}

# --- --check --------------------------------------------------------------

# recorded PATH [SUM [SIZE]]: a record as gp-index --export writes it
recorded() {
	jq -nc --arg path "$1" --arg sum "${2:-$(sum "$GP_ARCHIVE/$1")}" \
		'{id: $path, path: $path, sha256: $sum}'
}

archive_of() {
	mkdir -p "$GP_ARCHIVE/album"
	printf 'one\n' >"$GP_ARCHIVE/album/1.jpg"
	printf 'two\n' >"$GP_ARCHIVE/album/2.jpg"
}

# bats test_tags=threads
@test "gp-hash --check: each outcome is in the record, said, and raises the status" {
	archive_of
	mkdir "$GP_ARCHIVE/album/dir.jpg"
	{
		recorded album/1.jpg
		recorded album/2.jpg "$(sum "$GP_ARCHIVE/album/1.jpg")"
		recorded album/3.jpg "$(sum "$GP_ARCHIVE/album/1.jpg")"
		recorded album/dir.jpg "$(sum "$GP_ARCHIVE/album/1.jpg")"
	} >in
	run -1 --separate-stderr gp-hash --check <in
	same $'ok\nmismatch\nmissing\nunreadable' "$(jq -r .check <<<"$output")"
	same "" "$(jq -r '.error // empty' <<<"$output")" errors
	has_not "$stderr" 1.jpg
	has "$stderr" "gp-hash: album/2.jpg: mismatch: "
	has "$stderr" "gp-hash: album/3.jpg: missing: No such file or directory"
	has "$stderr" "gp-hash: album/dir.jpg: unreadable: Is a directory"
	# without the verdicts it is what came
	same "$(cat in)" "$(printf '%s\n' "$output" | sed 's/,"check":"[a-z]*"}$/}/')"
}

@test "gp-hash --check: all right is exit 0, and an old verdict is replaced" {
	archive_of
	run -0 --separate-stderr gp-hash --check < <(recorded album/1.jpg | jq -c '.check = "missing"')
	same ok "$(jq -r .check <<<"$output")"
	same "" "$stderr"
}

@test "gp-hash --check: a size that differs is a mismatch" {
	archive_of
	run -1 gp-hash --check < <(recorded album/1.jpg | jq -c '.size = 5')
	run -0 gp-hash --check < <(recorded album/1.jpg | jq -c '.size = 4')
}

@test "gp-hash --check: sums in capitals are the same sums" {
	archive_of
	run -0 gp-hash --check < <(recorded album/1.jpg "$(sum "$GP_ARCHIVE/album/1.jpg" | tr a-f A-F)")
	same ok "$(jq -r .check <<<"$output")"
}

@test "gp-hash --check: a record without a sum, or with half of one, is an error" {
	archive_of
	run -1 --separate-stderr gp-hash --check < <(
		echo '{"id":"1","path":"album/1.jpg"}'
		recorded album/1.jpg | sed 's/.."}/"}/'
		recorded album/1.jpg | sed 's/.."}/xy"}/'
	)
	same "$(printf 'missing-field\n%.0s' 1 2 3)" "$(jq -r .error.code <<<"$output")"
	same "" "$(jq -r '.check // empty' <<<"$output")" check
}

@test "gp-hash --check --root: the copy there is read, wherever else the bytes lie" {
	archive_of
	mkdir -p copy/album
	printf 'rotten\n' >copy/album/1.jpg
	recorded album/1.jpg | jq -c --arg f "$GP_ARCHIVE/album/1.jpg" '.file = $f' >in
	run -1 --separate-stderr gp-hash --check --root copy <in
	same mismatch "$(jq -r .check <<<"$output")"
	cp "$GP_ARCHIVE/album/1.jpg" copy/album/
	run -0 gp-hash --check --root copy <in
	run -2 --separate-stderr gp-hash --check --root nowhere <in
	has "$stderr" "nowhere: cannot open the folder"
}

@test "gp-hash --check: a staged file that is recorded by now is read in the archive" {
	archive_of
	run -0 gp-hash --check < <(recorded album/1.jpg | jq -c '.file = "/nowhere/staged"')
	same ok "$(jq -r .check <<<"$output")"
}

@test "gp-hash --check: no path leads out of the folder" {
	archive_of
	printf 'out\n' >secret
	ln -s ../../secret "$GP_ARCHIVE/album/link.jpg"
	ln -s . "$GP_ARCHIVE/self"
	local s
	s=$(sum secret)
	{
		recorded ../secret "$s"
		recorded "$PWD/secret" "$s"
		recorded album/../../secret "$s"
		recorded album//1.jpg "$s"
		recorded "" "$s"
		recorded album/link.jpg "$s"
		recorded self/album/1.jpg "$s"
	} >in
	run -1 --separate-stderr gp-hash --check <in
	same "$(printf 'unsafe-path\n%.0s' 1 2 3 4 5)" "$(jq -r '.error.code // empty' <<<"$output")"
	same $'unreadable\nunreadable' "$(jq -r '.check // empty' <<<"$output")"
	has "$stderr" "link.jpg: unreadable: a link, which is not followed"
}

@test "gp-hash: with GP_RUN its counts are kept, and they add up" {
	files 2
	export GP_RUN=r1
	run -1 gp-hash < <(record 1 f1; record 2 f2; record 3 gone; echo rubbish)
	same '{"stage":"gp-hash","hashed":2,"failed":2}' "$(cat "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson")"
	unset GP_RUN
	rm -r "$GP_ARCHIVE"
	run -0 gp-hash < <(record 1 f1)
	[ ! -e "$GP_ARCHIVE" ]
	# counts that can't be kept are no success
	: >"$GP_ARCHIVE"
	GP_RUN=r1 run -2 gp-hash < <(record 1 f1)
}

# --- FILE... --------------------------------------------------------------

@test "gp-hash FILE...: the lines of sha256sum, odd names included" {
	local names=("a b" " lead" "trail " $'new\nline' $'re\rturn' 'back\slash' '-dash' '*star' "Ünïcødé 日本" $'bad\xff' $'tab\t' '\n' '"' "\$x")
	local n
	for n in "${names[@]}"; do printf '%s' "$n" >"./$n"; done
	sha256sum -- "${names[@]}" >want
	gp-hash -- "${names[@]}" >got
	cmp want got
	sha256sum -c --quiet got
}

@test "gp-hash FILE...: a missing file is said, the others are summed, exit 1" {
	files 2
	run -1 --separate-stderr gp-hash f1 gone . f2
	same "$(sha256sum f1 f2)" "$output"
	same $'gp-hash: gone: No such file or directory\ngp-hash: .: Is a directory' "$(sort -r <<<"$stderr")"
}

@test "gp-hash FILE...: - is standard input, a pipe is read to its end" {
	run -0 gp-hash - < <(printf hello)
	same "$(printf hello | sha256sum -)" "$output"
	mkfifo pipe
	timeout "$PATIENCE" sh -c "printf hello >pipe" 3>&- &
	run -0 gp-hash pipe
	same "$(printf hello | sha256sum | sed 's/-$/pipe/')" "$output"
}

# bats test_tags=threads
@test "gp-hash FILE...: the order of the arguments is kept with -j4" {
	files 100
	head -c 20000000 /dev/zero >f1
	local names
	mapfile -t names < <(printf 'f%d\n' {100..1})
	run -0 gp-hash -j4 "${names[@]}"
	same "$(sha256sum "${names[@]}")" "$output"
}

# --- --check FILE... ------------------------------------------------------

@test "gp-hash --check FILE: says what sha256sum -c says" {
	local names=("a b" " lead" $'new\nline' 'back\slash' "日本" 'x) = y')
	local n
	for n in "${names[@]}"; do printf '%s' "$n" >"./$n"; done
	sha256sum -- "${names[@]}" >SUMS
	same "$(sha256sum -c SUMS)" "$(gp-hash --check SUMS)"
	sha256sum --tag -- "${names[@]}" >TAGS
	same "$(sha256sum -c TAGS)" "$(gp-hash --check TAGS)"
	sha256sum -b -- "${names[@]}" >BINARY
	same "$(sha256sum -c BINARY)" "$(gp-hash --check BINARY)"
	same "$(sha256sum -c SUMS)" "$(gp-hash --check - <SUMS)"
}

@test "gp-hash --check FILE: what differs or is gone is named, exit 1" {
	files 3
	sha256sum f1 f2 f3 >SUMS
	echo rot >>f2
	rm f3
	run -1 --separate-stderr gp-hash --check SUMS
	same $'f1: OK\nf2: FAILED\nf3: FAILED open or read' "$output"
	has "$stderr" "gp-hash: f3: No such file or directory"
	has "$stderr" "gp-hash: SUMS: 1 of 3 files differ, 1 could not be read"
}

@test "gp-hash --check FILE: an empty or missing list proves nothing, exit 2" {
	: >EMPTY
	run -2 --separate-stderr gp-hash --check EMPTY
	same "" "$output"
	has "$stderr" "gp-hash: EMPTY: no sums in it"
	printf '\n# nothing\nrubbish\n' >RUBBISH
	run -2 --separate-stderr gp-hash --check RUBBISH
	run -2 --separate-stderr gp-hash --check gone
	has "$stderr" "gp-hash: gone: No such file or directory"
	run -2 --separate-stderr gp-hash --check .
	has "$stderr" "gp-hash: .: Is a directory"
	# one good list does not hide it
	files 1
	sha256sum f1 >SUMS
	run -2 gp-hash --check EMPTY SUMS
}

@test "gp-hash --check FILE: a line that is no sum is not passed over in silence" {
	files 1
	{
		sha256sum f1
		echo "deadbeef  f1"
		printf '%064d  f1\0\n' 0
	} >SUMS
	run -1 --separate-stderr gp-hash --check SUMS
	same "f1: OK" "$output"
	has "$stderr" "gp-hash: SUMS: line 2 is no sum"
	has "$stderr" "gp-hash: SUMS: line 3 is no sum"
}

@test "gp-hash --check --root DIR FILE: names lie below DIR and nowhere else" {
	mkdir -p copy/sub
	printf x >copy/sub/f
	printf x >outside
	ln -s ../outside copy/link
	(cd copy && sha256sum sub/f ./sub/f) >SUMS
	run -0 gp-hash --check --root copy SUMS
	same $'sub/f: OK\n./sub/f: OK' "$output"
	(cd copy && sha256sum ../outside link "$PWD/outside") >SUMS || true
	run -1 --separate-stderr gp-hash --check --root copy SUMS
	has_not "$output" OK
}

# --- the command line -----------------------------------------------------

@test "gp-hash: mistakes on the command line are exit 2 and say what is wrong" {
	local args
	for args in "-j 0" "-j x" "-j 1000" "-j" "--nonsense" "-Z" "--root . f1"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr gp-hash $args </dev/null
		same "" "$output"
		has "$stderr" "gp-hash --help"
	done
	run -0 --separate-stderr gp-hash --help
	has "$output" "usage: gp-hash "
	run -0 gp-hash --version
	same "gp-hash $(cat "$TESTS/../VERSION")" "$output"
}

# --- the long ones --------------------------------------------------------

@test "gp-hash: a disk that fails in the middle of a file is unreadable (--long)" {
	long_only
	[ "$(id -u)" -eq 0 ] || skip "needs root for a loop mount"
	truncate -s 16M fs.img
	mkfs.ext4 -q -O ^has_journal fs.img
	mkdir m
	mount -o loop fs.img m || skip "needs loop mounts"
	noise photo 8000000 >m/photo
	local s
	s=$(sum m/photo)
	sync
	truncate -s 4M fs.img
	echo 3 >/proc/sys/vm/drop_caches || skip "needs to forget what it has read"
	run -1 --separate-stderr gp-hash --check --root m <<<"$(recorded photo "$s")"
	local check=$output
	run -1 --separate-stderr gp-hash < <(record 1 m/photo)
	umount -l m
	same unreadable "$(jq -r .check <<<"$check")"
	same unreadable "$(jq -r .error.code <<<"$output")"
}

# bats test_tags=unsanitized
@test "gp-hash: 1,000,000 records in less than 64 MiB (--long)" {
	long_only
	files 1
	python3 - >in <<-'END'
		pad = "x" * 600
		for i in range(1000000):
		    print('{"id":"%d","file":"f1","metadata":"%s"}' % (i, pad))
	END
	/usr/bin/time -f %M -o rss gp-hash <in >out
	same 1000000 "$(wc -l <out)"
	local kib
	kib=$(cat rss)
	echo "peak: $kib KiB"
	[ "$kib" -lt 65536 ]
}

@test "hash: files in an image, at extents" {
	printf '0123456789abcdef' >image
	local one two
	one=$(printf 234 | sha256sum | cut -c1-64)
	two=$(printf abc01 | sha256sum | cut -c1-64)
	cat >records <<-END
		{"id":"1","sha256":"$one","extents":"2+3"}
		{"id":"2","sha256":"$two","size":5,"extents":"10+3,0+2"}
		{"id":"3","sha256":"$one","extents":"3+3"}
		{"id":"4","sha256":"$one","extents":"14+3"}
		{"id":"5","sha256":"$one"}
		{"id":"6","sha256":"$one","extents":"2+3,"}
		{"id":"7","sha256":"$one","extents":"2+9223372036854775807"}
		{"id":"8","sha256":"$one","extents":"-2+3"}
		{"id":"9","sha256":"$(printf '' | sha256sum | cut -c1-64)","extents":"9+0"}
	END
	run -1 --separate-stderr gp-hash --check --root image <records
	same "ok ok mismatch unreadable missing missing-field missing-field missing-field ok" \
		"$(jq -r '.check // .error.code' <<<"$output" | xargs)"
	# and their sums
	run -0 --separate-stderr gp-hash --root image < <(head -n 2 records | jq -c 'del(.sha256)')
	same "$one $two" "$(jq -r .sha256 <<<"$output" | xargs)"
}
