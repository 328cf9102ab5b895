#!/usr/bin/env bats
# A staged file is never without its record: what runs that died left in staging
# is stored by the next --record, and nothing is taken away that is not stored.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load pipeline

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	export ASAN_OPTIONS=$NO_LEAKS
	make_album
	staging=whole/.gp/staging
}

# fetched: an archive in which the run ended after gp-fetch
fetched() {
	archive_new whole
	gp-index -C whole --new <list | gp-fetch -C whole >fetched.out
	[ "$(find "$staging" -type f | wc -l)" -eq 8 ]
}

# record [WHAT]: --record without a record of its own, and all is as it should be
record() {
	gp-index -C whole --record </dev/null >out 2>err || fail "${1:-}: $(cat err)"
	as_wanted "${1:-}"
}

as_wanted() {
	state whole >got
	diff want got || fail "$1: not as if it had not been disturbed"
	gp-index -C whole --check 2>err || fail "$1: $(cat err)"
}

left() {
	find "$staging" -type f -printf '%f\n' | sort | xargs
}

# origins: each album with its account, and how many photos it has
origins() {
	sqlite3 whole/.gp/index.db "SELECT title || ' ' || item.account || ' ' || count(*) FROM album
		JOIN item_album USING (album) JOIN item USING (item) GROUP BY title, item.account ORDER BY 1"
}

# also_rebuilt ORIGINS: of the archive whose run `next` told what is in out, and of
# its index made anew from that; and nothing is left
also_rebuilt() {
	same "$1" "$(origins)"
	same "" "$(left)"
	cp out whole/.gp/runs/next/stored.ndjson
	rm whole/.gp/index.db*
	gp-index -C whole --rebuild
	same "$1" "$(origins)" "made anew"
}

@test "what a dead run staged is stored with id, album and metadata, though its source is gone" {
	fetched
	mv src gone
	record
	same 4 "$(jq -r 'select(.status == "stored" or .status == "duplicate") | .id' out | sort -u | wc -l)"
	same "Ezra 4" "$(sqlite3 whole/.gp/index.db "SELECT title || ' ' || count(*) FROM album JOIN item_album USING (album)")"
	same 4 "$(sqlite3 whole/.gp/index.db "SELECT count(*) FROM item WHERE metadata IS NOT NULL")"
}

@test "what is staged of a photo that the archive has lost takes its place, and is not swept" {
	local lost
	fetched
	record
	lost=$(cd whole && echo ezra-*/2.jpg)
	# without --new: it is known
	cp -a src again
	gp-list --album Ezra "dir:$PWD/src" | gp-fetch -C whole >again.out
	mv src gone
	rm "whole/$lost"
	printf rotten >"whole/${lost%2.jpg}3.jpg"
	record "lost and rotten"
	same "" "$(left)"
	same 2 "$(sqlite3 whole/.gp/index.db "SELECT count(*) FROM event WHERE kind = 'healed'")"
}

@test "what a dead run staged keeps its album and account where another run brings the same photo" {
	archive_new whole
	gp-list --album Zoo "dir:$PWD/src" | jq -c '.account = "mum"' | gp-index -C whole --new |
		gp-fetch -C whole >/dev/null
	exec {share}<"$staging"
	flock -s "$share" # so that the other adopts nothing before it reads
	gp-index -C whole --new <list | gp-fetch -C whole | gp-hash -C whole | GP_RUN=next gp-index -C whole --record >out
	exec {share}<&-
	also_rebuilt "Ezra  4
Zoo mum 4"
}

@test "what two dead runs had of one photo is stored with both albums and accounts, though the source is gone" {
	fetched
	for who in mum dad; do
		gp-list --album Zoo "dir:$PWD/src" | jq -c --arg who "$who" '.account = $who' |
			gp-index -C whole --new | gp-fetch -C whole >zoo.out
	done
	# nothing was copied a second time
	same 4 "$(find "$staging" -type f ! -name '*.json' -printf '%i\n' | sort -u | wc -l)"
	mv src gone
	gp-index -C whole --record </dev/null >out
	same "Ezra  4
Zoo dad 4
Zoo mum 4" "$(origins)"
	same "" "$(left)"
	gp-index -C whole --check
}

@test "on a disk without a second name for a file, what another run staged keeps its album and account" {
	archive_new whole
	gp-list --album Zoo "dir:$PWD/src" | jq -c '.account = "dad"' | gp-index -C whole --new | gp-fetch -C whole >/dev/null
	gp-index -C whole --new <list >new
	strace -qq -f -o trace -e trace=linkat -e inject=linkat:error=EPERM gp-fetch -C whole <new >fetched.out
	has "$(cat trace)" INJECTED
	mv src gone
	exec {share}<"$staging"
	flock -s "$share" # so that nothing is adopted before it is stored
	# killed between a photo's name and "stored"
	gp-hash -C whole <fetched.out >hashed
	{ strace -qq -o trace -e trace=fsync -e inject=fsync:signal=KILL:when=8 gp-index -C whole --record <hashed >out || true; } 2>shell
	gp-hash -C whole <fetched.out | gp-index -C whole --record >out
	exec {share}<&-
	has "$(cat trace)" "killed by SIGKILL"
	gp-index -C whole --record </dev/null
	same "Ezra  4
Zoo dad 4" "$(origins)"
	same "" "$(left)"
}

@test "on a disk without a second name for a file, what was staged twice is in a rebuilt index too" {
	archive_new whole
	gp-list --album Zoo "dir:$PWD/src" | jq -c '.account = "dad"' | gp-index -C whole --new | gp-fetch -C whole >/dev/null
	gp-index -C whole --new <list >new
	strace -qq -f -o trace -e trace=linkat -e inject=linkat:error=EPERM gp-fetch -C whole <new >fetched.out
	has "$(cat trace)" INJECTED
	exec {share}<"$staging"
	flock -s "$share" # so that nothing is adopted before it is stored
	gp-hash -C whole <fetched.out | GP_RUN=next gp-index -C whole --record >out
	exec {share}<&-
	also_rebuilt "Ezra  4
Zoo dad 4"
}

@test "an unfinished file goes with the run that adopts the whole one" {
	local file pid
	fetched
	file=$(a_file)
	noise part 2000000 >"$staging/$file.part"
	gp-hash -C whole <fetched.out | jq -c --arg k "$file" 'select(.key != $k)' >others
	mkfifo pipe
	exec {share}<"$staging"
	flock -s "$share"
	gp-index -C whole --record <pipe >out 2>err 3>&- {share}<&- &
	pid=$!
	exec {to}>pipe
	head -n 1 others >&"$to"
	wait_for grep -q '"status"' out
	# nobody else is at work when the records end, and all is gone through once
	exec {share}<&-
	exec {to}>&-
	wait "$pid" || fail "$(cat err)"
	same "" "$(cat err)"
	same "" "$(left)"
}

@test "unfinished downloads that nobody goes on with are said" {
	fetched
	head -c 5000000 /dev/zero >"$staging/$(printf %064d 7).part"
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	has "$stderr" "in .gp/staging are unfinished downloads of earlier runs, 1 file, 5.0 MB"
	# however little it is
	truncate -s 1 "$staging/$(printf %064d 7).part"
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	has "$stderr" "in .gp/staging are unfinished downloads of earlier runs, 1 file"
}

@test "what a dead run staged is stored beside the records that come" {
	fetched
	mkdir other
	echo other >other/o.jpg
	gp-list --album Zoo "dir:$PWD/other" | gp-index -C whole --new | gp-fetch -C whole | gp-hash -C whole |
		gp-index -C whole --record >out
	same 5 "$(gp-index -C whole --stats | jq .items.stored)"
	same "" "$(left)"
	gp-index -C whole --check
}

@test "what is adopted and then comes with a record of its own is told once, as stored" {
	fetched
	gp-hash -C whole <fetched.out >hashed
	GP_RUN=once gp-index -C whole --record <hashed >out
	same "$(jq -r .id hashed | sort)" "$(jq -r .id out | sort)"
	same 4 "$(sqlite3 whole/.gp/index.db "SELECT stored FROM run WHERE run = 'once'")"
	# a second record is another matter
	head -n 1 hashed | gp-index -C whole --record >out
	same duplicate "$(jq -r .status out)"
}

@test "a staged file without its record is never adopted, nor taken away" {
	fetched
	for file in strange.jpg record.jpg record.0123456789abcdef.jpg precious.gp-new; do
		echo strange >"$staging/$file"
	done
	for file in "$staging"/*.json; do
		echo "${file##*/}" >>names
		rm "$file"
	done
	before=$(left)
	gp-index -C whole --record </dev/null >out
	same "" "$(cat out)"
	same "$before" "$(left)"
	same 0 "$(gp-index -C whole --stats | jq .files)"
	# the next run stores the album all the same
	rm "$staging"/{strange.jpg,record.*,precious.gp-new}
	run_whole whole
	as_wanted "without records"
}

@test "what was staged by a dead run and is damaged is said and left, and fetched again" {
	local file
	fetched
	file=$(find "$staging" -type f ! -name '*.json' -print -quit)
	printf '\0\0\0' | dd of="$file" conv=notrunc status=none
	run -1 --separate-stderr gp-index -C whole --record </dev/null
	has "$stderr" "is damaged and not stored"
	same "${file##*/} ${file##*/}.json" "$(left)"
	# fetched again, it is right
	run_whole whole
	as_wanted "damaged"
}

@test "gp-fetch killed between record and name: what lay damaged under that name is not trusted by the new record" {
	local file
	fetched
	file=$(a_file)
	printf '\0\0\0' | dd of="$staging/$file" conv=notrunc status=none
	jq -c --arg key "$file" 'select(.key == $key) | del(.file)' fetched.out >one
	# its record and the file are renamed each
	{ strace -qq -f -o trace -e trace=renameat -e inject=renameat:signal=KILL:when=2 \
		gp-fetch -C whole <one >out 2>err || true; } 2>shell
	has "$(cat trace)" "killed by SIGKILL"
	has "$(grep renameat trace)" "\"$file\""
	gp-fetch -C whole <one | gp-hash -C whole | gp-index -C whole --record >out
	as_wanted "killed"
}

@test "a staged file that was damaged since is not stored, nor one taken away by the record of another" {
	local file other
	fetched
	file=$(find "$staging" -type f ! -name '*.json' -print -quit)
	printf '\0\0\0' | dd of="$file" conv=notrunc status=none
	run -1 --separate-stderr gp-index -C whole --record </dev/null
	has "$stderr" "is damaged and not stored"
	same "${file##*/} ${file##*/}.json" "$(left)"
	fetched
	# two that are no twins
	file=$(grep -l '"filename":"2.jpg"' "$staging"/*.json)
	other=$(grep -l '"filename":"3.jpg"' "$staging"/*.json)
	cp "$file" "$other"
	other=${other%.json}
	run -1 gp-index -C whole --record </dev/null
	same "${other##*/} ${other##*/}.json" "$(left)"
	# the next run brings it as it is
	run_whole whole
	as_wanted "another's record"
}

@test "what failed in this run is not stored behind its back" {
	fetched
	gp-hash -C whole <fetched.out | jq -c 'if .filename == "2.jpg" then .sha256 = ("0" * 64) else . end' >in
	# with gp-fetch still there, as in a pipeline: nothing is adopted before
	exec {share}<"$staging"
	flock -s "$share"
	run -1 gp-index -C whole --record <in
	exec {share}<&-
	same 1 "$(gp-index -C whole --stats | jq .failures.open)"
	same 2 "$(left | wc -w)"
	record "the next run"
	same 0 "$(gp-index -C whole --stats | jq .failures.open)"
}

@test "the sweep takes what is stored, and what dead writers left, and nothing else" {
	local key
	archive_new whole
	run_whole whole
	key=$(jq -r .key whole.out | head -n 1)
	echo half >"$staging/$key.part"
	echo half >"$staging/$(printf '%064d' 1).part"
	cp src/1.jpg "$staging/$key"
	jq -c --arg key "$key" 'select(.key == $key)' list whole.out | head -n 1 >line
	{ cat line && echo '{"id":"staged","size":7,"crc32":0}'; } >"$staging/$key.json"
	# a record whose file is nowhere, a copy, a record half written
	{ jq -c '.id = "x"' line && echo '{"id":"staged","size":7,"crc32":0}'; } >"$staging/$(printf '%064d' 2).json"
	echo copy >"$staging/record.0123456789abcdef"
	echo half >"$staging/$key.json.gp-new"
	gp-index -C whole --record </dev/null 2>err
	same "$(printf '%064d' 1).part" "$(left)" "$(cat err)"
	rm "$staging"/*
	as_wanted "swept"
}

@test "what others have in hand is left to them, and a part that is held" {
	local key
	archive_new whole
	run_whole whole
	key=$(jq -r .key whole.out | head -n 1)
	echo half >"$staging/$key.part"
	echo copy >"$staging/record.0123456789abcdef"
	exec {share}<"$staging" {part}<"$staging/$key.part"
	flock -s "$share"
	flock -s "$part"
	gp-index -C whole --record </dev/null
	same "$key.part record.0123456789abcdef" "$(left)"
	exec {share}<&- {part}<&-
	gp-index -C whole --record </dev/null
	same "" "$(left)"
}

@test "with others at work what is left is stored when the records have ended" {
	fetched
	exec {share}<"$staging"
	flock -s "$share"
	record "shared"
	exec {share}<&-
}

@test "what --record has found damaged in staging is fetched again, not trusted" {
	local file
	fetched
	file=$(find "$staging" -type f ! -name '*.json' | sort | head -n 1)
	printf X | dd of="$file" bs=1 seek=2 conv=notrunc status=none
	run -1 --separate-stderr gp-index -C whole --record </dev/null
	has "$stderr" "is damaged and not stored"
	run_whole whole
	as_wanted "after the damaged one"
}

@test "gp-index --record: what another one stores while it looks through staging is no failure" {
	local tracer share status=0
	fetched
	# it is not alone, and stops once it has read the names
	exec {share}<"$staging"
	flock -s "$share"
	timeout "$PATIENCE" strace -qq -f -o trace -e trace=getdents64 -e inject=getdents64:signal=STOP:when=2 \
		gp-index -C whole --record </dev/null >out 2>err 3>&- &
	tracer=$!
	wait_for grep -q 'stopped by SIGSTOP' trace
	rm "$staging"/*
	pkill -CONT -g "$tracer" gp-index
	wait "$tracer" || status=$?
	same 0 "$status" "$(cat err)"
	same "" "$(cat out err)"
}

@test "gp-index --record: killed at each durable step, the next one stores all without a source" {
	local call n total=0
	fetched
	gp-hash -C whole <fetched.out >in
	cp -a whole before
	strace -qq -f -o calls -e "trace=fsync,fdatasync,syncfs,renameat2,unlinkat,pwrite64" gp-index -C whole --record <in >/dev/null
	for call in fsync fdatasync syncfs renameat2 unlinkat pwrite64; do
		for n in $(seq "$(grep -c " $call(" calls || true)"); do
			total=$((total + 1))
			[ -n "$GP_LONG" ] || [ "$((total % 6))" -eq 0 ] || continue
			rm -rf whole
			cp -a before whole
			killed_at "$call" "$n" gp-index -C whole --record <in >/dev/null 2>&1
			record "killed at $call $n"
		done
	done
	[ "$total" -gt 20 ]
	[ "$struck" -gt $((total / $(rounds 8 4))) ] || fail "$struck were killed"
}

@test "gp-fetch: killed at each step, what it staged whole is stored, and nothing else" {
	local call n total=0 whole
	archive_new whole
	gp-index -C whole --new <list >in
	cp -a whole before
	strace -qq -f -o calls -e trace=write,pwrite64,rename,renameat,renameat2,openat,copy_file_range gp-fetch -C whole <in >/dev/null
	for call in write renameat copy_file_range; do
		for n in $(seq "$(grep -c " $call(" calls || true)"); do
			total=$((total + 1))
			[ -n "$GP_LONG" ] || [ "$((total % 2))" -eq 0 ] || continue
			rm -rf whole
			cp -a before whole
			killed_at "$call" "$n" gp-fetch -C whole <in >/dev/null 2>&1
			whole=$(find "$staging" -type f -regextype posix-egrep -regex '.*/[0-9a-f]{64}' 2>/dev/null | wc -l)
			gp-index -C whole --record </dev/null >out 2>err || fail "$call $n: $(cat err)"
			same "$whole" "$(gp-index -C whole --stats | jq .items.stored)" "killed at $call $n"
			gp-index -C whole --check 2>err || fail "$call $n: $(cat err)"
			run_whole whole
			as_wanted "killed at $call $n"
		done
	done
	[ "$total" -gt 5 ]
	[ "$struck" -gt $((total / 4)) ] || fail "$struck were killed"
}

@test "gp-fetch: killed while it gives what is staged a second name, no photo and no origin is lost" {
	local call n
	fetched
	gp-list --album Zoo "dir:$PWD/src" | jq -c '.account = "mum"' | gp-index -C whole --new >zoo
	cp -a whole before
	for call in linkat write renameat; do
		for n in 1 2 3 4; do
			rm -rf whole
			cp -a before whole
			killed_at "$call" "$n" gp-fetch -C whole <zoo >/dev/null 2>&1
			gp-index -C whole --record </dev/null >out 2>err || fail "$call $n: $(cat err)"
			has "$(origins)" "Ezra  4"
			same "" "$(left)" "killed at $call $n, after one run"
			gp-fetch -C whole <zoo | gp-hash -C whole | gp-index -C whole --record >out 2>err ||
				fail "again after $call $n: $(cat err)"
			same "Ezra  4
Zoo mum 4" "$(origins)" "killed at $call $n"
			same "" "$(left)" "killed at $call $n"
			gp-index -C whole --check 2>err || fail "$call $n: $(cat err)"
		done
	done
	[ "$struck" -ge 9 ] || fail "$struck were killed"
}

# --- what is said of what is left ---------------------------------------------

# a_file: prints the first staged file's name
a_file() {
	find "$staging" -type f ! -name '*.json' -printf '%f\n' | sort | head -n 1
}

# named_and_killed: --record of one staged photo dies between its name and "stored"
named_and_killed() {
	local n
	fetched
	jq -c 'select(.filename == "2.jpg")' fetched.out | gp-hash -C whole >one
	for file in "$staging"/*; do
		[[ ${file##*/} = "$(jq -r .key one)"* ]] || rm "$file"
	done
	cp -a whole kept
	strace -qq -o calls -e trace=renameat2,fsync gp-index -C whole --record <one >/dev/null
	# the first that syncs the folder
	n=$(sed '/"2.jpg"/q' calls | grep -c fsync)
	rm -r whole
	mv kept whole
	{ strace -qq -o trace -e trace=fsync -e inject="fsync:signal=KILL:when=$((n + 1))" \
		gp-index -C whole --record <one >out || true; } 2>shell
	has "$(cat trace)" "killed by SIGKILL"
	[ -e "$(echo whole/ezra-*/2.jpg)" ]
	same 1 "$(sqlite3 whole/.gp/index.db 'SELECT count(*) FROM arriving')"
	rm -f "$staging"/*
}

@test "what a dead run named and can't be read is an open failure, until it comes again" {
	local file
	named_and_killed
	file=$(echo whole/*/2.jpg)
	mv "$file" kept.jpg
	mkdir "$file"
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	same "2.jpg unreadable" "$(sqlite3 -separator ' ' whole/.gp/index.db 'SELECT filename, code FROM failure')"
	rmdir "$file"
	mv kept.jpg "$file"
	run_whole whole
	same 0 "$(gp-index -C whole --stats | jq .failures.open)"
}

# known_again: the index made anew knows each photo by its item and album
known_again() {
	rm whole/.gp/index.db*
	gp-index -C whole --rebuild
	same "$1" "$(gp-index -C whole --new <list | wc -l)"
	same Ezra "$(gp-index -C whole --stats | jq -r '.albums[].title')"
}

@test "what a dead run left is in the records of the run that stores it, and --rebuild finds its origin there" {
	named_and_killed
	GP_RUN=next gp-index -C whole --record </dev/null >/dev/null
	known_again 3
	fetched
	GP_RUN=next gp-index -C whole --record </dev/null >/dev/null
	known_again 0
}

@test "what was stored by a run that died before it told of it keeps its origin, which --rebuild finds" {
	local share how
	for how in came adopted; do
		rm -rf whole
		fetched
		gp-hash -C whole <fetched.out >hashed
		: >told
		exec {share}<"$staging"
		# so that it adopts nothing before it reads
		[ "$how" = adopted ] || flock -s "$share"
		{ strace -qq -o trace -P "$PWD/told" -e trace=write -e inject=write:signal=KILL:when=1 \
			gp-index -C whole --record <hashed >told || true; } 2>shell
		exec {share}<&-
		has "$(cat trace)" "killed by SIGKILL"
		same "" "$(cat told)" "$how"
		same 4 "$(sqlite3 whole/.gp/index.db 'SELECT count(*) FROM item WHERE file IS NOT NULL')"
		GP_RUN=next gp-index -C whole --record </dev/null
		same "" "$(left)" "$how"
		known_again 0
		as_wanted "$how"
	done
}

# A run that names a file and dies leaves the record of the one before beside where
# it was: its album, or its account, is noted nowhere else.
@test "what is stored already keeps the album and the account of a staged record that was left" {
	local file
	fetched
	file=$(a_file)
	cp "$staging/$file.json" kept
	record
	sqlite3 whole/.gp/index.db "DELETE FROM item_album WHERE item = (SELECT item FROM item WHERE lower(hex(key)) = '$file')"
	same 3 "$(sqlite3 whole/.gp/index.db "SELECT count(*) FROM item_album")"
	cp kept "$staging/$file.json"
	record "an album"
	{
		head -n 1 kept | jq -c '.account = "mum"'
		tail -n 1 kept
	} >"$staging/$file.json"
	gp-index -C whole --record </dev/null 2>err
	same "" "$(cat err)"
	same "" "$(left)"
	same "mum Ezra 1" "$(sqlite3 -separator ' ' whole/.gp/index.db "SELECT account, title, file IS NOT NULL FROM item JOIN item_album USING (item) JOIN album USING (album) WHERE account <> ''")"
}

@test "of a photo whose copy here is bad nothing goes, and a record left of it settles nothing" {
	local file path
	fetched
	file=$(a_file)
	cp "$staging/$file.json" kept
	record
	path=$(sqlite3 whole/.gp/index.db "SELECT path FROM file JOIN item ON file = sha256 WHERE lower(hex(key)) = '$file'")
	sqlite3 whole/.gp/index.db "DELETE FROM item_album"
	cp "whole/$path" good
	printf rotten >"whole/$path"
	noise part 2000000 >"$staging/$file.part"
	cp kept "$staging/$file.json"
	sqlite3 whole/.gp/index.db "INSERT INTO failure (source, account, id, filename, stage, code, message, first, last, times)
		SELECT source, account, id, filename, 'gp-index', 'rotten', 'x', 1, 1, 1 FROM item WHERE lower(hex(key)) = '$file'"
	GP_RUN=next gp-index -C whole --record </dev/null 2>err
	same 1 "$(sqlite3 whole/.gp/index.db "SELECT count(*) FROM failure")"
	# the album is known, the unfinished file may be the good one
	same 1 "$(sqlite3 whole/.gp/index.db "SELECT count(*) FROM item_album")"
	same "$file.part" "$(left)"
	[ ! -e whole/.gp/runs/next/adopted.ndjson ] || same "" "$(cat whole/.gp/runs/next/adopted.ndjson)"
	cp good "whole/$path"
	gp-index -C whole --record </dev/null
	same "" "$(left)"
}

# same_name ACCOUNT TEXT: a record of one id and name, so of one key, whatever the bytes
same_name() {
	mkdir -p "by$1"
	printf %s "$2" >"by$1/x.jpg"
	jq -cn --arg a "$1" --arg u "file://$PWD/by$1/x.jpg" \
		'{id: "x", source: "dir", account: $a, filename: "x.jpg", album: {id: $a, title: $a}, url: $u}'
}

@test "of several photos with one key a record that was left is told of the one whose bytes it had" {
	archive_new whole
	{ same_name mum one && same_name dad two; } >both
	while IFS= read -r line; do
		gp-index -C whole --new <<<"$line" | gp-fetch -C whole | gp-hash -C whole | gp-index -C whole --record
	done <both >out
	same "stored stored" "$(jq -r .status out | xargs)"
	for which in one two; do
		same_name "son$which" "$which" | gp-fetch -C whole >fetched.out
		rm "$(jq -r .file fetched.out)"
		gp-index -C whole --record </dev/null 2>err
		same "" "$(cat err)"
	done
	same "sonone $(printf one | sha256sum | cut -d ' ' -f 1)
sontwo $(printf two | sha256sum | cut -d ' ' -f 1)" "$(sqlite3 -separator ' ' whole/.gp/index.db \
		"SELECT account, lower(hex(file)) FROM item WHERE account LIKE 'son%' ORDER BY 1")"
	same "" "$(left)"
}

@test "of several photos with one key that another run stored meanwhile each keeps its own bytes" {
	archive_new whole
	same_name dad one | gp-fetch -C whole | gp-hash -C whole | gp-index -C whole --record
	same_name mum two | gp-fetch -C whole >fetched.out
	# another run's --record adopts it before gp-hash comes to it
	gp-index -C whole --record </dev/null >adopted
	same stored "$(jq -r .status adopted)"
	gp-hash -C whole <fetched.out | gp-index -C whole --record >out
	same "duplicate $(jq -r .path adopted)" "$(jq -r '.status + " " + .path' out)"
	same "dad $(printf one | sha256sum | cut -d ' ' -f 1)
mum $(printf two | sha256sum | cut -d ' ' -f 1)" "$(sqlite3 -separator ' ' whole/.gp/index.db \
		"SELECT account, lower(hex(file)) FROM item ORDER BY 1")"
}

@test "what two dead runs had of one photo that was taken at two times shows the one that counts, on the disk too" {
	local when
	archive_new whole
	when=2020-05-01T10:00:00Z
	same_name mum one | jq -c --arg t "$when" '.creationTime = $t' | gp-fetch -C whole >/dev/null
	same_name dad one | jq -c '.creationTime = "2021-06-02T10:00:00Z"' | gp-fetch -C whole >/dev/null
	gp-index -C whole --record </dev/null >out
	same "stored duplicate" "$(jq -r .status out | sort -r | xargs)"
	when=$(gp-index -C whole --export | jq -r .creationTime)
	same "$when" "$(TZ=UTC stat -c %y "whole/$(jq -r .path out | head -n 1)" | sed 's/ /T/; s/\..*/Z/')"
}

@test "the record beside a staged file tells of other bytes than came: it is taken for none" {
	archive_new whole
	same_name mum "one" | gp-fetch -C whole | gp-hash -C whole >hashed
	# dad's came to be staged under the same key, and his run died before it had the name
	same_name dad "other" | gp-fetch -C whole >/dev/null
	gp-index -C whole --record <hashed >out || true
	has_not "$(sqlite3 whole/.gp/index.db "SELECT account || file IS NOT NULL FROM item")" dad1
}

@test "--folder is for what comes in, not for what a dead run left" {
	fetched
	gp-index -C whole --record --folder wedding </dev/null >out
	same 4 "$(wc -l <out)"
	same ezra "$(jq -r .path out | sed 's/-.*//' | sort -u)"
}

@test "a spent staged file that can't be removed keeps its record, and goes with the next run" {
	local file status=0
	fetched
	# src has one photo twice: the second of the two is spent
	file=$(find "$staging" -type f ! -name '*.json' -printf '%f\n' | sort |
		while read -r key; do ! cmp -s "$staging/$key" src/1.jpg || echo "$key"; done | tail -n 1)
	strace -qq -f -o trace -P "$file" -e trace=unlinkat -e inject=unlinkat:error=EIO \
		gp-index -C whole --record </dev/null >out 2>err || status=$?
	has "$(grep INJECTED trace)" "\"$file\""
	has "$(cat err)" "Input/output error"
	same "$file $file.json" "$(left)"
	record
	same "" "$(left)"
}

@test "a record whose staged file is gone: said by the photo's name, once, and fetched again" {
	local file
	fetched
	file=$(a_file)
	rm "$staging/$file"
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	same "gp-index: $(jq -r --arg key "$file" 'select(.key == $key) | .filename' fetched.out): its staged file is gone; it is to be fetched again" "$stderr"
	same "" "$(left)"
	run_whole whole
	as_wanted "gone"
	# killed between record and name: the part is there, and nothing is lost
	fetched
	file=$(a_file)
	mv "$staging/$file" "$staging/$file.part"
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	has "$stderr" "unfinished downloads of earlier runs, 1 file, 7 B"
	same 1 "$(wc -l <<<"$stderr")"
	same "$file.part" "$(left)"
	# nobody has it in hand: it is not waited for
	jq -c --arg key "$file" 'select(.key == $key) | del(.file)' fetched.out >one
	printf '{}' >"$staging/$file.json"
	run -0 --separate-stderr gp-fetch -v -C whole <one
	has_not "$stderr" "another run"
	[ -s "$staging/$file" ]
}

@test "files in staging without a record are said once, with their number, and left" {
	local file
	fetched
	file=$(a_file)
	rm "$staging"/*.json
	echo strange >"$staging/strange.jpg"
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	same "gp-index: $file and 4 more: in .gp/staging without a record: left there; no listing names them" "$stderr"
	find "$staging" -type f ! -name strange.jpg -delete
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	same "gp-index: strange.jpg: in .gp/staging without a record: left there; no listing names it" "$stderr"
	# not while others are at work: it may be theirs
	exec {share}<"$staging"
	flock -s "$share"
	run -0 --separate-stderr gp-index -C whole --record </dev/null
	exec {share}<&-
	same "" "$stderr"
	same strange.jpg "$(left)"
}

# by_hand: another program than gp-fetch puts the files of the list in staging
by_hand() {
	local line key
	gp-index -C whole --new <list | while IFS= read -r line; do
		key=$(jq -r .key <<<"$line")
		cp "$(jq -r '.url | ltrimstr("file://")' <<<"$line")" "$staging/$key"
		jq -c --arg file "$PWD/$staging/$key" '.file = $file' <<<"$line"
	done
}

@test "what another program put into staging is stored by the records that come, and nothing is said" {
	archive_new whole
	mkdir -p "$staging"
	by_hand | gp-hash -C whole | gp-index -C whole --record >out 2>err
	same "" "$(cat err)"
	as_wanted "by hand"
	# what its record says of one is enough
	archive_new whole
	mkdir -p "$staging"
	by_hand | gp-hash -C whole | jq -c 'if .filename == "2.jpg" then .sha256 = ("0" * 64) else . end' >in
	run -1 --separate-stderr gp-index -C whole --record <in
	has_not "$stderr" "without a record"
	same 1 "$(left | wc -w)"
}

@test "a staged record that has an error can't be read: said once, not stored, not written twice" {
	local file
	fetched
	file=$(a_file)
	{ head -n 1 "$staging/$file.json" | jq -c '.error = {stage: "gp-fetch", code: "io", message: "m"}'; tail -n 1 "$staging/$file.json"; } >line
	cp line "$staging/$file.json"
	run -1 --separate-stderr gp-index -C whole --record </dev/null
	same 3 "$(wc -l <<<"$output")"
	same 0 "$(jq -c 'select(.error)' <<<"$output" | wc -l)"
	same "gp-index: $file: its record in .gp/staging can't be read" "$stderr"
	same "$file $file.json" "$(left)"
	run_whole whole
	as_wanted "an error"
}

@test "a folder where a staged file or its record belongs is said by its path, by gp-fetch and --record" {
	local key tail
	for tail in "" .json; do
		archive_new whole
		gp-index -C whole --new <list >in
		key=$(jq -r .key in | head -n 1)
		mkdir -p "$staging/$key$tail/in-it"
		run -1 --separate-stderr gp-fetch -C whole <in
		has "$(jq -r '.error.message // empty' <<<"$output")" "a folder lies at .gp/staging/$key$tail, where it belongs: remove that folder"
		same 1 "$(jq -c 'select(.error)' <<<"$output" | wc -l)"
		gp-hash -C whole <<<"$output" >hashed || [ $? -eq 1 ]
		run -1 --separate-stderr gp-index -C whole --record <hashed
		has "$stderr" ".gp/staging/$key$tail: a folder lies where a fetched file belongs: remove it"
		same 1 "$(grep -c staging <<<"$stderr")"
		same 3 "$(gp-index -C whole --stats | jq .items.stored)"
		same "" "$(left)"
		rm -r "${staging:?}/$key$tail"
		run_whole whole
		as_wanted "a folder"
	done
}
