#!/usr/bin/env bats
# gp-index --new: what is stored goes no further, and loses nothing by it.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# item ID FILENAME [ALBUM] [METADATA]: a record as gp-list writes it
item() {
	jq -nc --arg id "$1" --arg f "$2" --arg a "${3:-Ezra}" --argjson m "${4:-null}" \
		'{id: $id, source: "dir", filename: $f, album: {id: $a, title: $a}}
		 + (if $m then {metadata: $m} else {} end)'
}

# staged records on stdin get files of their own and sums
stage() {
	mkdir -p in
	local line id
	while IFS= read -r line; do
		id=$(jq -r .id <<<"$line")
		printf 'bytes of %s\n' "$id" >"in/$id"
		jq -c --arg f "$PWD/in/$id" --arg s "$(sha256sum <"in/$id" | cut -c1-64)" \
			'. + {file: $f, sha256: $s}' <<<"$line"
	done
}

@test "gp-index --new: what is not stored passes on, with its key" {
	item a A.jpg >list
	run --separate-stderr gp-index --new <list
	[ "$status" -eq 0 ]
	[ "$stderr" = "" ]
	want=$(printf 'a\0A.jpg' | sha256sum | cut -c1-64)
	[ "$(jq -r .key <<<"$output")" = "$want" ]
	[ "$(jq -c 'del(.key)' <<<"$output")" = "$(cat list)" ]
}

@test "gp-index --new: seen is not stored: it is offered again until it is" {
	item a A.jpg | gp-index --new >/dev/null
	[ "$(item a A.jpg | gp-index --new | wc -l)" -eq 1 ]
	item a A.jpg | stage | gp-index --record >/dev/null
	[ "$(item a A.jpg | gp-index --new | wc -l)" -eq 0 ]
}

@test "gp-index --new: another source, account, id or name is another item" {
	item a A.jpg | stage | gp-index --record >/dev/null
	{
		item a B.jpg
		item b A.jpg
		item a A.jpg | jq -c '.source = "picker"'
		item a A.jpg | jq -c '.account = "anna"'
	} >list
	[ "$(gp-index --new <list | wc -l)" -eq 4 ]
}

@test "gp-index --new: a photo in a second album costs no download and is in both" {
	item a A.jpg Ezra | stage | gp-index --record >/dev/null
	run gp-index --new < <(item a A.jpg Summer)
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
	[ "$(sql "SELECT group_concat(title) FROM (SELECT title FROM item_album
		JOIN album USING (album) JOIN item USING (item)
		WHERE item.id = 'a' ORDER BY title)")" = "Ezra,Summer" ]
}

@test "gp-index --new: a corrected date of a stored photo is not lost" {
	item a A.jpg Ezra '{"date":"wrong"}' | stage | gp-index --record >/dev/null
	item a A.jpg Ezra '{"date":"right"}' | gp-index --new >out
	[ ! -s out ]
	[ "$(sql "SELECT metadata FROM item")" = '{"date":"right"}' ]
}

@test "gp-index --new: a link that is merely newer is no news: nothing is written" {
	local api='{"id":"a","mediaFile":{"baseUrl":"https://x/1","filename":"A.jpg"},"description":"d"}'
	item a A.jpg Ezra "$api" | stage | gp-index --record >/dev/null
	sql 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	before=$(sha256sum <"$GP_ARCHIVE/.gp/index.db")
	# also with blanks, as Google writes it, and with what must not end a string
	item a A.jpg Ezra "$api" | sed 's,"baseUrl":"https://x/1","baseUrl" : "https://x/\\"2\\\\",' >list
	jq -e '.metadata.mediaFile.baseUrl == "https://x/\"2\\"' list
	item a A.jpg Ezra "${api/x\/1/y/22}" >>list
	gp-index --new <list >out
	[ ! -s out ]
	same "$before" "$(sha256sum <"$GP_ARCHIVE/.gp/index.db")"
	# but what stands around it counts as ever, and what only looks like one
	for want in '"\"baseUrl\":\"x"' '"\"baseUrl\":\"y"' '{"baseUrl":null,"n":1}' '{"baseUrl":null,"n":2}'; do
		item a A.jpg Ezra "$(jq -c --argjson d "$want" '.description = $d' <<<"$api")" | gp-index --new
		same "$want" "$(sql 'SELECT metadata FROM item' | jq -c .description)"
	done
}

@test "gp-index --new: an item listed twice is passed once, its second album kept" {
	{ item a A.jpg Ezra; item a A.jpg Summer; } | GP_RUN=r1 gp-index --new >out
	[ "$(wc -l <out)" -eq 1 ]
	stage <out | gp-index --record >/dev/null
	[ "$(sql "SELECT count(*) FROM item_album")" -eq 2 ]
	run jq -c 'del(.stage)' "$GP_ARCHIVE/.gp/runs/r1/counts.ndjson"
	[ "$output" = '{"listed":2,"new":1,"repeated":1}' ]
}

@test "gp-index --new -n: tells what is new and writes nothing at all" {
	item a A.jpg | stage | gp-index --record >/dev/null
	before=$(sha256sum <"$GP_ARCHIVE/.gp/index.db")
	{ item a A.jpg Other; item b B.jpg; } | gp-index --new -n >out
	[ "$(jq -r .id out)" = b ]
	[ "$(sha256sum <"$GP_ARCHIVE/.gp/index.db")" = "$before" ]
	[ "$(sql "SELECT count(*) FROM album")" -eq 1 ]
}

@test "gp-index --new -n: an archive without an index stays without one" {
	rm "$GP_ARCHIVE"/.gp/index.db*
	run -2 --separate-stderr gp-index --new -n < <(item a A.jpg)
	same "" "$output"
	has "$stderr" "no index at $GP_ARCHIVE/.gp/index.db"
	[ ! -e "$GP_ARCHIVE/.gp/index.db" ]
}

@test "gp-index --new: unknown fields, numbers and escapes pass to the letter" {
	line='{ "id" : "x\u0061\/", "n":1.10,"big":12345678901234567890,"z":"\u0000","e":1E+2, "a":[ ] }'
	run gp-index --new <<<"$line"
	[ "$status" -eq 0 ]
	[ "${output%,\"key\"*}" = "${line%\}}" ]
}

@test "gp-index --new: a failed record passes untouched, and the exit is 1" {
	line='{"id":"x","error":{"stage":"gp-list","code":"processing","message":"m"},"n":1.0}'
	run --separate-stderr gp-index --new <<<"$line"
	[ "$status" -eq 1 ]
	[ "$output" = "$line" ]
}

@test "gp-index --new: lines that are no records become errors, none vanishes" {
	printf '%s\n' 'nonsense' '[1]' '{"id":1}' '{"id":"ok"}' '' >list
	printf '{"id":"cut"' >>list
	run --separate-stderr gp-index --new <list
	[ "$status" -eq 1 ]
	[ "${#lines[@]}" -eq 6 ]
	[ "$(jq -r 'select(.error).error.code' <<<"$output" | sort | uniq -c | xargs)" = "5 bad-record" ]
	[ "$(jq -r 'select(.id).id' <<<"$output")" = ok ]
}

@test "gp-index: no input at all is not an empty one" {
	for mode in --new --record "--seen nas"; do
		run -2 --separate-stderr "${REAL_CLOCK[@]}" bash -c "gp-index $mode <&-"
		has "$stderr" "reading records"
	done
}

@test "gp-index --new: the first record leaves before the second has come" {
	mkfifo in out
	timeout "$PATIENCE" gp-index --new <in >out 3>&- &
	exec 8>in 9<out
	item a A.jpg >&8
	IFS= read -r -t "$PATIENCE" first <&9
	[ "$(jq -r .id <<<"$first")" = a ]
	exec 8>&- 9<&-
	wait
}

@test "gp-index: an index of a newer gp is refused, and said" {
	item a A.jpg | stage | gp-index --record >/dev/null
	sql "PRAGMA user_version = 99"
	run -2 --separate-stderr gp-index --new </dev/null
	[[ "$stderr" == *"version 99"*"newer gp"* ]]
}

@test "gp-index: a first run stopped before it made its tables: said, and the next run goes on" {
	mkdir -p "$GP_ARCHIVE/.gp"
	: >"$GP_ARCHIVE/.gp/index.db"
	run -2 --separate-stderr gp-index --stats
	has "$stderr" "the index is empty, for its first run was stopped: run the pipeline again"
	item a A.jpg | stage | gp-index --record >/dev/null
	same 1 "$(gp-index --stats | jq .files)"
}

@test "gp-index: a file that is no database is refused in words" {
	mkdir -p "$GP_ARCHIVE/.gp"
	head -c 5000 /dev/zero | tr '\0' x >"$GP_ARCHIVE/.gp/index.db"
	run -2 --separate-stderr gp-index --new </dev/null
	[[ "$stderr" == *damaged*--rebuild* ]]
}

@test "gp-index: on a network file system the index is refused, GP_INDEX is named and works" {
	cat >nfs.c <<-'C'
	#include <fcntl.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/stat.h>
	#include <sys/sysmacros.h>
	#include <sys/vfs.h>
	int statfs(const char *path, struct statfs *fs)
	{
		const char *nfs = getenv("NFS"), *type = getenv("TYPE");
		fs->f_type = strncmp(path, nfs, strlen(nfs)) != 0 ? 0xef53 :
		    type == NULL ? 0x6969 : 0x65735546;
		return 0;
	}
	/* the disk of FUSE, of this TYPE */
	FILE *fopen(const char *path, const char *how)
	{
		char *text = NULL;
		size_t n = 0;
		struct stat st;
		FILE *f;
		if (strcmp(path, "/proc/self/mountinfo") != 0)
			return fdopen(open(path, O_RDONLY), how);
		stat(getenv("NFS"), &st);
		f = open_memstream(&text, &n);
		fprintf(f, "1 1 0:0 / / rw - tmpfs none rw\n36 1 %u:%u / /far rw - %s far: rw\n",
		    major(st.st_dev), minor(st.st_dev), getenv("TYPE"));
		fclose(f);
		return fmemopen(text, n, "r");
	}
	FILE *fopen64(const char *path, const char *how)
	{
		return fopen(path, how);
	}
	int statfs64(const char *path, struct statfs *fs)
	{
		return statfs(path, fs);
	}
	C
	cc -shared -fPIC -o nfs.so nfs.c
	# libc's own dispatch is what is faked, so the tool under a sanitizer too
	export ASAN_OPTIONS=$NO_LEAKS
	NFS=$GP_ARCHIVE run -2 --separate-stderr preloaded "$PWD/nfs.so" gp-index --new </dev/null
	[[ "$stderr" == *"network file system"*GP_INDEX* ]]
	# sshfs and the like are such; a disk of this machine may be FUSE's too
	NFS=$GP_ARCHIVE TYPE=fuse.sshfs run -2 --separate-stderr preloaded "$PWD/nfs.so" gp-index --new </dev/null
	[[ "$stderr" == *"network file system"*GP_INDEX* ]]
	NFS=$GP_ARCHIVE TYPE=fuse.mergerfs run -0 preloaded "$PWD/nfs.so" gp-index --new </dev/null
	# a link to such a place is no better
	mkdir far backup
	mv "$GP_ARCHIVE/.gp/index.db" far/
	ln -s "$PWD/far/index.db" "$GP_ARCHIVE/.gp/index.db"
	gp-index --new </dev/null
	NFS=$PWD/far run -2 --separate-stderr preloaded "$PWD/nfs.so" gp-index --new </dev/null
	[[ "$stderr" == *"network file system"*GP_INDEX* ]]
	# a backup of it may lie anywhere
	for _ in 1 2; do NFS=$PWD/backup run -0 preloaded "$PWD/nfs.so" gp-index --backup backup/copy.db; done
	NFS=$PWD/backup run -0 preloaded "$PWD/nfs.so" gp-index --restore backup/copy.db
	mv "$GP_ARCHIVE/.gp/index.db" far/
	ln -s "$PWD/far/index.db" "$GP_ARCHIVE/.gp/index.db"
	# who only reads it is told the same
	for tool in gp-fetch 'gp-list picker:'; do
		# shellcheck disable=SC2086 # words
		NFS=$PWD/far run -2 --separate-stderr preloaded "$PWD/nfs.so" $tool </dev/null
		[[ "$stderr" == *"network file system"*GP_INDEX* ]]
	done
}

@test "gp-index: twelve make and use one index at once, and lose nothing" {
	for i in $(seq 12); do
		(
			for k in 1 2 3 4 5; do item "i$i-$k" "P$k.jpg"; done | stage |
				gp-index --record >"out$i"
		) 3>&- &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p"; done
	[ "$(sql "SELECT count(*) FROM file WHERE stored IS NOT NULL")" -eq 60 ]
	[ "$(cat out* | jq -r .status | sort | uniq -c | xargs)" = "60 stored" ]
	(cd "$GP_ARCHIVE"/ezra-* && sha256sum -c --quiet SHA256SUMS)
	[ "$(cat "$GP_ARCHIVE"/ezra-*/SHA256SUMS | wc -l)" -eq 60 ]
}

@test "gp-index --new beside --record on a full pipe: nobody waits for the other" {
	n=$([ -n "${GP_LONG:-}" ] && echo 100000 || echo 2000)
	mkdir src
	seq "$n" | awk -v d="$PWD/src" '{ printf "{\"id\":\"%d\",\"source\":\"dir\",\"filename\":\"%d.jpg\"}\n", $1, $1 }' >list
	awk -v d="src" '{ match($0, /"[0-9]+"/); f = d "/" substr($0, RSTART + 1, RLENGTH - 2); print f > f; close(f) }' list
	timeout "$((PATIENCE * n / 2000))" bash -c 'set -o pipefail; gp-index --new <list |
		jq -c --unbuffered --arg d "$PWD/src/" ". + {file: (\$d + .id)}" |
		gp-hash | gp-index --record >out'
	[ "$(grep -c '"status":"stored"' out)" -eq "$n" ]
}

@test "gp-index: half a long line keeps no answer back, and nobody from the index" {
	local mode n=0 line writer stage
	mkfifo in out
	for mode in --new --record "--seen usb" --packed; do
		n=$((n + 1))
		# shellcheck disable=SC2086 # words
		gp-index $mode <in >out 2>err 3>&- &
		stage=$!
		exec 5>in 6<out
		{
			printf '{"id":"a%d","source":"dir","error":{"stage":"x","code":"y","message":"z"}}\n{"id":"b%d","error":{"long":"' "$n" "$n"
			head -c 300000 /dev/zero | tr '\0' x
		} >&5 3>&- 5>&5 6<&- &
		writer=$!
		read -r -t "$PATIENCE" line <&6 || fail "$mode answers nothing"
		has "$line" "\"a$n\""
		wait "$writer"
		same "0" "$(sql 'PRAGMA wal_checkpoint(TRUNCATE)' | cut -d '|' -f 1)" "$mode"
		sqlite3 -cmd '.timeout 0' "$GP_ARCHIVE/.gp/index.db" "BEGIN IMMEDIATE; COMMIT"
		printf '"}}\n' >&5
		exec 5>&-
		read -r -t "$PATIENCE" line <&6 || fail "$mode loses the long line"
		has "${line:0:20}" "\"b$n\""
		exec 6<&-
		wait "$stage" || [ $? -eq 1 ]
	done
}

@test "gp-index: the session of an item is noted, stored or known already" {
	picked() { jq -nc --arg s "$1" '{id: "1", source: "picker", account: "mum", filename: "1.jpg", session: $s, page: "p"}'; }
	noted() { sql 'SELECT session FROM item'; }
	picked s1 | gp-index --new | stage | gp-index --record >out
	same s1 "$(noted)"
	picked s2 | gp-index --new >out
	[ ! -s out ]
	same s2 "$(noted)"
	# who shows it without a session takes none away
	picked s2 | jq -c 'del(.session) + {metadata: {a: 1}}' | gp-index --new >out
	same s2 "$(noted)"
	# -n writes nothing
	picked s3 | gp-index --new -n >out
	same s2 "$(noted)"
}

# version TITLE [TIME]: the item as a source told of it then
version() {
	item a A.jpg Ezra "{\"title\":\"$1\"}" | jq -c --arg t "${2:-}" 'if $t == "" then . else .urlTime = $t end'
}

title() {
	sql "SELECT json_extract(metadata, '$.title') FROM item"
}

# whole: the records on stdin go through the pipe
whole() {
	gp-index --new | stage | gp-index --record
}

# nothing_written: from now on a write to what items are is an error
nothing_written() {
	local table event
	for table in item album item_album; do
		for event in INSERT UPDATE DELETE; do
			sql "CREATE TRIGGER ${table}_$event AFTER $event ON $table BEGIN SELECT RAISE(ABORT, 'written'); END"
		done
	done
}

@test "gp-index: of two versions of an item's metadata the newer stays, in whatever order they come" {
	local old new order
	old=$(version old 2026-01-01T00:00:00Z)
	new=$(version new 2026-03-01T00:00:00Z)
	for order in "$old"$'\n'"$new" "$new"$'\n'"$old"; do
		rm -rf "$GP_ARCHIVE" in
		archive_new
		# in one listing
		whole <<<"$order" >out
		same 1 "$(grep -c . out)"
		same new "$(title)"
		# in a run of each
		rm -rf "$GP_ARCHIVE" in
		archive_new
		while IFS= read -r line; do whole <<<"$line"; done <<<"$order" >out
		same new "$(title)"
		# without --new between
		rm -rf "$GP_ARCHIVE" in
		archive_new
		stage <<<"$order" | gp-index --record >out
		same new "$(title)"
		nothing_written
		gp-index --new <<<"$order" >out
		same "" "$(cat out)"
	done
}

@test "gp-index: a photo that got another name is shown by its newer one, in whatever order they come" {
	local old new order
	mkdir in
	echo bytes >in/a
	old=$(version old 2026-01-01T00:00:00Z | jq -c --arg f "$PWD/in/a" '.filename = "old.jpg" | .file = $f | .creationTime = "2020-05-01T10:00:00Z"')
	new=$(version new 2026-03-01T00:00:00Z | jq -c --arg f "$PWD/in/a" '.filename = "new.jpg" | .file = $f | .creationTime = "2020-06-02T10:00:00Z"')
	for order in "$old"$'\n'"$new" "$new"$'\n'"$old"; do
		rm -rf "$GP_ARCHIVE"
		archive_new
		while IFS= read -r line; do gp-index --new <<<"$line" | gp-hash | gp-index --record; done <<<"$order" >out
		same "stored duplicate" "$(jq -r .status out | paste -sd' ')"
		same "new.jpg new 2020-06-02T10:00:00Z" "$(gp-index --export | jq -r '"\(.filename) \(.metadata.title) \(.creationTime)"')" "$order"
		same "2020-06-02 10:00:00" "$(TZ=UTC stat -c %y "$GP_ARCHIVE/$(jq -r .path out | head -n 1)" | cut -c 1-19)" "$order"
	done
}

# says WHEN: in the index, in what is exported, on the disk
says() {
	same "$1" "$(sql "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', taken, 'unixepoch') FROM file")" "index"
	same "$1" "$(gp-index --export | jq -r .creationTime)" "export"
	same "$1" "$(TZ=UTC stat -c %y "$GP_ARCHIVE/$(sql "SELECT path FROM file")" | sed 's/ /T/; s/\..*/Z/')" "disk"
}

# tell ID SOURCE ACCOUNT LISTED TAKEN: a record of the one file in/a
tell() {
	jq -cn --arg id "$1" --arg source "$2" --arg account "$3" --arg listed "$4" --arg taken "$5" --arg file "$PWD/in/a" \
		'{id: $id, source: $source, account: $account, filename: "\($id).jpg", urlTime: $listed, creationTime: $taken, file: $file}'
}

# through: the records on stdin, whose files are there, go through the pipe
through() {
	gp-index --new | gp-hash | gp-index --record >>out
}

@test "gp-index: when a photo was taken is the same in the index, in the export and on the disk, whoever says it" {
	local old=2020-05-01T10:00:00Z new=2020-06-02T10:00:00Z newest=2020-07-03T10:00:00Z
	mkdir in
	echo bytes >in/a
	# under another name, and in the year's folder and an album: twice
	tell old takeout "" 2026-01-01T00:00:00Z "$old" | through
	says "$old"
	tell new takeout "" 2026-03-01T00:00:00Z "$new" >twice
	cat twice twice | through
	says "$new"
	# an export in which it has the first name again
	tell old takeout "" 2026-04-01T00:00:00Z "$old" | through
	says "$old"
	tell old takeout "" 2026-05-01T00:00:00Z "$newest" | through
	says "$newest"
	# one that says nothing of it corrects nothing
	tell new takeout "" 2026-05-02T00:00:00Z "" | through
	says "$newest"
	# another account corrects nothing of this one's
	tell his takeout dad 2026-06-01T00:00:00Z "$newest" | through
	tell his takeout dad 2026-07-01T00:00:00Z "$new" | through
	says "$newest"
	# a clock that was ahead for a while counts for nothing once it is right
	sql "UPDATE item SET as_of = as_of + 1000000000, taken_as_of = taken_as_of + 1000000000 WHERE id = 'new'"
	says "$newest"
	tell old takeout "" 2026-08-01T00:00:00Z "$old" | through
	says "$old"
}

@test "gp-index: a folder says when a photo was taken only where nobody else does" {
	mkdir in
	echo bytes >in/a
	tell copy dir "" 2026-08-01T00:00:00Z 2025-01-01T00:00:00Z | through
	says 2025-01-01T00:00:00Z
	tell photo takeout "" 2026-01-01T00:00:00Z 2020-05-01T10:00:00Z | through
	says 2020-05-01T10:00:00Z
	same "photo takeout" "$(gp-index --export | jq -r '"\(.id) \(.source)"')"
	tell copy dir "" 2026-09-01T00:00:00Z 2024-01-01T00:00:00Z | through
	says 2020-05-01T10:00:00Z
}

@test "gp-index: of two versions that are not dated the one listed last stays" {
	{ version one && version two; } | whole >out
	same two "$(title)"
	# and what failed once is no older for it
	rm -rf "$GP_ARCHIVE" in
	archive_new
	{ version one && version one; } | gp-index --new >/dev/null
	version two | whole >out
	same two "$(title)"
	same two "$(version two | whole >/dev/null && title)"
	version three | whole
	same three "$(title)"
}

@test "gp-index --new: a run in which nothing changed writes nothing" {
	{
		item a A.jpg Ezra '{"x":1}'
		item a A.jpg Zoo '{"x":1}'
		item b B.jpg Zoo
		item b B.jpg Ezra
	} >list
	whole <list >out
	same 4 "$(sql "SELECT count(*) FROM item_album")"
	nothing_written
	gp-index --new <list >out
	same "" "$(cat out)"
	# what did change is an error now: the triggers are awake
	run -2 gp-index --new < <(item b B.jpg New)
}

@test "gp-index: two that differ and are of the same time end the same, whichever comes last" {
	local a b first
	a=$(version one 2026-01-01T00:00:00Z)
	b=$(version two 2026-01-01T00:00:00Z)
	{ echo "$a" && echo "$b"; } | whole >out
	first=$(title)
	rm -rf "$GP_ARCHIVE" in
	archive_new
	{ echo "$b" && echo "$a"; } | whole >out
	same "$first" "$(title)"
	nothing_written
	{ echo "$a" && echo "$b" && echo "$a"; } >list
	gp-index --new <list
}

@test "gp-index: a date corrected before the photo is stored is the stored file's, in whatever order they come" {
	local old new order
	old=$(version old 2026-01-01T00:00:00Z | jq -c '.creationTime = "2020-05-01T10:00:00Z"')
	new=$(version new 2026-03-01T00:00:00Z | jq -c '.creationTime = "2020-06-02T10:00:00Z"')
	for order in "$old"$'\n'"$new" "$new"$'\n'"$old" "${old/2020-05-01T10:00:00Z/}"$'\n'"$new"; do
		rm -rf "$GP_ARCHIVE" in
		archive_new
		whole <<<"$order" >out
		same 1 "$(grep -c . out)"
		same "2020-06-02 10:00:00" "$(sql "SELECT datetime(taken, 'unixepoch') FROM file")" "$order"
		same "2020-06-02 10:00:00" "$(TZ=UTC stat -c %y "$GP_ARCHIVE/$(jq -r .path out)" | cut -c 1-19)" "$order"
	done
}

@test "gp-index: of what the newest version says nothing, the newest of the older ones counts, in whatever order they come" {
	local one two twin three order name
	one=$(version one 2026-01-01T00:00:00Z | jq -c '.creationTime = "2020-05-01T10:00:00Z"')
	two=$(version two 2026-02-01T00:00:00Z | jq -c '.creationTime = "2020-06-02T10:00:00Z"')
	# two albums of one export that do not agree
	twin=$(version twin 2026-02-01T00:00:00Z | jq -c '.creationTime = "2020-06-02T09:00:00Z"')
	three=$(version three 2026-03-01T00:00:00Z | jq -c 'del(.creationTime, .metadata)')
	for order in "one two twin three" "one three twin two" "two one three twin" "two three one twin" \
		"twin three one two" "three one two twin" "three twin two one"; do
		rm -rf "$GP_ARCHIVE" in
		archive_new
		for name in $order; do whole <<<"${!name}" >>out; done
		same "two 2020-06-02 10:00:00" "$(title) $(sql "SELECT datetime(taken, 'unixepoch') FROM file")" "$order"
		printf '%s\n' "$one" "$two" "$twin" "$three" >list
		nothing_written
		gp-index --new <list
	done
	# an earlier gp's index says so too, of what is older than all that it has
	sql "DROP TRIGGER item_UPDATE; ALTER TABLE item DROP COLUMN taken_as_of; ALTER TABLE item DROP COLUMN metadata_as_of; PRAGMA user_version = 7"
	gp-index --new <list
	same "two 2020-06-02 10:00:00" "$(title) $(sql "SELECT datetime(taken, 'unixepoch') FROM item")"
}

@test "gp-index: a link that was renewed makes what was listed with it no newer" {
	version new 2026-03-01T00:00:00Z | whole >out
	version old 2026-01-01T00:00:00Z | jq -c '.listedTime = .urlTime | .urlTime = "2026-06-01T00:00:00Z"' | whole >out
	same new "$(title)"
	version newest 2026-04-01T00:00:00Z | whole >out
	same newest "$(title)"
}

# bats test_tags=unsanitized
@test "gp-index: what a clock told that was ahead gives way once it is right" {
	local line
	# another machine's
	version ahead 2099-01-01T00:00:00Z | whole >out
	version right "$(date -u -d '+12 hours' +%FT%TZ)" >list
	version old 2026-01-01T00:00:00Z | whole >out
	same ahead "$(title)"
	in_days 1 gp-index --new <list >out
	same right "$(title)"
	# this one's: an item and an album
	line=$(item b B.jpg Ezra '{"title":"ahead"}' | jq -c '.album.title = "Ahead" | .urlTime = "2098-01-01T00:00:00Z"')
	stage <<<"$line" | in_days 30000 gp-index --record >out
	[ "$(sql 'SELECT max(as_of) FROM album')" -gt 4000000000 ]
	line=$(jq -c '.metadata.title = "right" | .album.title = "Right" | .urlTime = "2026-03-01T00:00:00Z"' <<<"$line")
	gp-index --new <<<"$line" >out
	same "right Right" "$(sql "SELECT json_extract(metadata, '$.title'), title FROM item JOIN item_album USING (item) JOIN album USING (album) WHERE item.id = 'b'" | tr '|' ' ')"
	# and no run after that writes a thing
	nothing_written
	gp-index --new <<<"$line"
}

@test "gp-index: an export of a time to come is news once" {
	local old ahead
	old=$(version old 2026-01-01T00:00:00Z | jq -c '.source = "takeout"')
	ahead=$(version ahead 2099-01-01T00:00:00Z | jq -c '.source = "takeout"')
	printf '%s\n' "$old" "$ahead" | tee list | whole >out
	same ahead "$(title)"
	nothing_written
	gp-index --new <list
}

@test "gp-index: an album's newer title stays" {
	item a A.jpg | jq -c '.album.title = "New" | .urlTime = "2026-03-01T00:00:00Z"' | whole >out
	item b B.jpg | jq -c '.urlTime = "2026-01-01T00:00:00Z"' | whole >out
	same New "$(sql "SELECT title FROM album")"
	item b B.jpg | jq -c '.album.title = "Newer" | .urlTime = "2026-04-01T00:00:00Z"' | whole >out
	same Newer "$(sql "SELECT title FROM album")"
}

@test "gp-index: what a later export confirms is as new as that, and an earlier one does not undo it" {
	local a b again
	a=$(version right 2020-03-01T00:00:00Z | jq -c '.source = "takeout"')
	b=$(version wrong 2020-06-01T00:00:00Z | jq -c '.source = "takeout"')
	again=$(version right 2020-09-01T00:00:00Z | jq -c '.source = "takeout"')
	for line in "$a" "$again" "$b"; do whole <<<"$line" >out; done
	same right "$(title)"
	nothing_written
	printf '%s\n' "$a" "$b" "$again" >list
	gp-index --new <list
}

@test "gp-index: two titles of an album of the same time end the same, whichever comes last" {
	titled() {
		item a A.jpg | jq -c --arg t "$1" '.album.title = $t | .urlTime = "2026-01-01T00:00:00Z"'
	}
	titled Z | whole >out
	titled A | whole >out
	same Z "$(sql "SELECT title FROM album")"
	nothing_written
	{ titled Z && titled A && titled Z; } >list
	gp-index --new <list
}
