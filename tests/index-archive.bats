#!/usr/bin/env bats
# The archive and its index know each other: what makes an archive, what refuses
# to, and how an index gets its place.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
}

# id_of ARCHIVE: its id, which its index has too
id_of() {
	same "$(<"$1/.gp/archive")" "$(sqlite3 "$1/.gp/index.db" 'SELECT id FROM archive')" >&2
	cat "$1/.gp/archive"
}

# all of .gp but what SQLite keeps beside the index while it is open
looks() {
	find "$1" -type f ! -name '*-shm' ! -name '*-wal' -exec sha256sum {} + | sort
}

# legacy: the archive as an earlier gp made it
legacy() {
	sql "DROP TABLE archive; ALTER TABLE item DROP COLUMN session; ALTER TABLE item DROP COLUMN as_of; ALTER TABLE item DROP COLUMN taken_as_of; ALTER TABLE item DROP COLUMN metadata_as_of; ALTER TABLE album DROP COLUMN as_of; ALTER TABLE arriving DROP COLUMN record; PRAGMA user_version = 3"
	rm "$GP_ARCHIVE/.gp/archive"
}

# refused WHY COMMAND...: exit 2, nothing on stdout, and why
refused() {
	local why=$1
	shift
	run -2 --separate-stderr "$@" </dev/null
	same "" "$output"
	has "$stderr" "$why"
}

@test "gp-index --init: makes an archive of an absent or empty folder, once" {
	run -0 --separate-stderr gp-index -C new --init
	has "$stderr" "$PWD/new: an archive now"
	[[ "$(id_of new)" =~ ^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$ ]]
	mkdir -p disk/lost+found disk/@eaDir
	touch disk/.DS_Store
	gp-index -C disk --init
	[ "$(id_of disk)" != "$(id_of new)" ]
	before=$(looks "$GP_ARCHIVE")
	run -0 --separate-stderr gp-index --init
	has "$stderr" "is an archive already ($(id_of "$GP_ARCHIVE"))"
	same "$before" "$(looks "$GP_ARCHIVE")"
	gp-index --check
}

@test "gp-index --init: any other folder is refused and left as it is" {
	mkdir photos
	echo mine >photos/a.jpg
	refused "is not empty (a.jpg)" gp-index -C photos --init
	same a.jpg "$(ls -A photos)"
	refused "No such file" gp-index -C photos/none/none --init
	refused "Not a directory" gp-index -C photos/a.jpg --init
	# nor does an index that is there make it one
	mkdir empty
	export GP_INDEX=$index
	refused "index of another archive" gp-index -C empty --init
	same "" "$(ls -A empty)"
	refused "index of another archive" gp-index -C absent --init
	unset GP_INDEX
	gp-index --check
}

@test "gp-index --init: killed at each durable step, the next one makes it whole" {
	local call n count total=0
	export ASAN_OPTIONS=$NO_LEAKS
	strace -qq -f -o calls -e trace=mkdir,mkdirat,openat,write,pwrite64,fsync,fdatasync,rename,renameat,unlink,unlinkat gp-index -C new --init
	for call in mkdir mkdirat write pwrite64 fsync fdatasync renameat unlink; do
		count=$(grep -c " $call(" calls || true)
		for ((n = 1; n <= count; n += count > $(rounds 4 8) ? count / $(rounds 4 8) : 1)); do
			rm -rf new
			strace -qq -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				gp-index -C new --init 2>/dev/null || total=$((total + 1))
			gp-index -C new --init 2>err || fail "killed at $call $n: $(cat err)"
			id_of new >/dev/null
			gp-index -C new --check 2>err || fail "killed at $call $n: $(cat err)"
		done
	done
	[ "$total" -gt 8 ]
}

@test "a folder that is no archive is refused by all that need one, and none is made" {
	gp-index --backup copy.db
	mkdir empty src
	echo photo >src/a.jpg
	for dir in empty absent; do
		for mode in --new --record --export "--seen usb" --packed "--accept a b" --stats --check \
			"--disc-state X built" "--backup b.db" "--restore copy.db" --rebuild; do
			# shellcheck disable=SC2086 # words
			refused 'is the disk mounted? `gp-index --init` makes one' gp-index -C "$dir" $mode
		done
		refused "no archive at" gp-fetch -C "$dir"
		refused "no archive at" gp-list -C "$dir" picker:
		refused "no archive at" gp-list -C "$dir" takeout:src
		# what needs none
		run -0 --separate-stderr gp-list -C "$dir" dir:src
		run -0 --separate-stderr bash -o pipefail -c "gp-list -C $dir dir:src | jq -c '.file = (.url | ltrimstr(\"file://\"))' | gp-hash -C $dir"
		run -0 --separate-stderr gp-list -C "$dir" --albums --allow-empty takeout:src
	done
	same "" "$(ls -A empty)"
	[ ! -e absent ]
	[ ! -e b.db ]
	same "" "$(ls -A "$TMPDIR")"
}

@test "the index of another archive is refused by all" {
	gp-index -C other --init
	mkdir exports
	export GP_INDEX=$index
	for mode in --new --record --export --stats --check "--backup b.db" --init; do
		# shellcheck disable=SC2086 # words
		refused "this is the index of another archive than $PWD/other" gp-index -C other $mode
	done
	refused "index of another archive" gp-fetch -C other
	refused "index of another archive" gp-list -C other picker:
	refused "index of another archive" gp-list -C other takeout:exports
	[ ! -e b.db ]
	# at home it is welcome
	gp-index --check
}

@test "an archive that lost its id, with its index elsewhere, gets it back; gp-fetch says how" {
	cp "$index" "$PWD/there.db"
	rm "$index" "$GP_ARCHIVE/.gp/archive"
	export GP_INDEX=$PWD/there.db
	refused "has no id (.gp/archive): if this is its index, \`gp-index --init\` gives it back" gp-fetch
	refused "has lost its id (.gp/archive): run \`gp-index --init\` once" gp-index --check
	# one that is not its index gives it none
	mkdir -p foreign/.gp
	echo own >foreign/a.jpg
	refused "$PWD/foreign" gp-index -C foreign --init
	[ ! -e foreign/.gp/archive ]
	run -0 --separate-stderr gp-index --init
	has "$stderr" "is an archive already"
	gp-index --check
	gp-fetch </dev/null
}

@test "an index in a folder that can't be entered is not said to be gone" {
	mkdir locked
	mv "$index" locked/x.db
	export GP_INDEX=$PWD/locked/x.db
	if [ "$(id -u)" -eq 0 ]; then
		# whom nothing keeps out: a link that leads in a circle does
		ln -sfn locked2 locked3
		ln -sfn locked3 locked2
		GP_INDEX=$PWD/locked2/x.db
	else
		chmod 0 locked
	fi
	refused "x.db: the index can't be reached: " gp-index --stats
	refused "x.db: the index can't be reached: " gp-fetch
	chmod 700 locked
}

@test "an index that is gone is said by gp-fetch and gp-list too, before anything comes" {
	rm "$index"*
	mkdir exports
	refused 'put a backup of it back with `gp-index --restore FILE`' gp-fetch
	refused "there is no index" gp-list takeout:exports
	refused "there is no index" gp-list picker:
}

@test "an archive of an earlier gp gets its id by the first run, and nothing else changes" {
	legacy
	before=$(sql "SELECT * FROM file")
	mkdir more
	echo photo >more/new.jpg
	# the whole pipe, at once
	gp-list --album Ezra "dir:$PWD/more" | gp-index --new | gp-fetch | gp-hash | gp-index --record >out
	same 1 "$(jq -r .status out | grep -c stored)"
	id_of "$GP_ARCHIVE"
	same "$before" "$(sql "SELECT * FROM file WHERE path NOT LIKE '%/new.jpg'")"
	gp-index --check
}

@test "an archive of an earlier gp: five at once give it one id" {
	local n pids=()
	legacy
	for n in 1 2 3 4 5; do
		gp-index --init >/dev/null 2>"err$n" 3>&- &
		pids+=($!)
	done
	for n in "${pids[@]}"; do wait "$n" || fail "$(cat err?)"; done
	id=$(id_of "$GP_ARCHIVE")
	same 5 "$(cat err? | grep -c "$id")"
}

@test "an archive of an earlier gp, its index elsewhere: named but not yet the index, that is said, and mended" {
	local id
	id=$(id_of "$GP_ARCHIVE")
	legacy
	echo "$id" >"$GP_ARCHIVE/.gp/archive"
	mv "$index" elsewhere.db
	export GP_INDEX=$PWD/elsewhere.db
	refused "this index has no id yet, and $GP_ARCHIVE has one: if it is its index, run \`gp-index --init\` once" gp-fetch
	gp-index --init
	gp-fetch </dev/null
	same "$id" "$(sqlite3 "$GP_INDEX" "SELECT id FROM archive")"
}

@test "an archive of an earlier gp is refused where index and folders do not fit, with both counts" {
	legacy
	mv "$GP_ARCHIVE/$folder/A.jpg" A.jpg
	refused "2 of its files are not there with their size, and the SHA256SUMS there name 0" env bash -c \
		'echo x >>"$GP_ARCHIVE/$1/B.jpg"; gp-index --new' _ "$folder"
	[ ! -e "$GP_ARCHIVE/.gp/archive" ]
	mv A.jpg "$GP_ARCHIVE/$folder/"
	printf bravo >"$GP_ARCHIVE/$folder/B.jpg"
	sed 's/A.jpg/later.jpg/' "$GP_ARCHIVE/$folder/SHA256SUMS" >>"$GP_ARCHIVE/$folder/SHA256SUMS.x"
	cat "$GP_ARCHIVE/$folder/SHA256SUMS.x" >>"$GP_ARCHIVE/$folder/SHA256SUMS"
	refused "0 of its files are not there with their size, and the SHA256SUMS there name 1 that" gp-index --record
	# what only reads changes nothing, and says what does
	refused 'run `gp-index --init` once' gp-index --stats
	# the disk with all folders is not mounted
	rm -r "${GP_ARCHIVE:?}/$folder"
	refused "2 of its files are not there with their size, and the SHA256SUMS there name 0" gp-index --new
	[ ! -e "$GP_ARCHIVE/.gp/archive" ]
}

@test "gp-index --restore: a lost index is back, and what an old one left does not eat it" {
	gp-index --backup copy.db
	cp "$index" old.db
	for tail in wal journal; do
		rm -f "$index"* stray.db*
		# pages of another database, as a crash leaves them
		sqlite3 stray.db "PRAGMA journal_mode=$([ $tail = wal ] && echo WAL || echo PERSIST); CREATE TABLE x (y); INSERT INTO x VALUES (1)" \
			".shell cp stray.db-$tail '$index-$tail'" >/dev/null
		[ -s "$index-$tail" ]
		run -0 --separate-stderr gp-index --restore copy.db
		has "$stderr" "it knows 3 files"
		[ -s "$GP_ARCHIVE/.gp/index.db.replaced-1-$tail" ]
		rm "$GP_ARCHIVE"/.gp/index.db.replaced-*
		same 3 "$(gp-index --stats | jq .files)"
		gp-index --check
	done
}

@test "gp-index --restore: the index that was there is kept" {
	gp-index --backup copy.db
	staged d D.jpg delta | gp-index --record >out
	run -1 --separate-stderr gp-index --restore copy.db
	has "$stderr" "is kept as $index.replaced-1"
	has "$stderr" "1 file that SHA256SUMS names is newer than this backup"
	same 3 "$(gp-index --stats | jq .files)"
	same 4 "$(sqlite3 "$index.replaced-1" 'SELECT count(*) FROM file')"
	gp-index --restore "$index.replaced-1"
	same 4 "$(gp-index --stats | jq .files)"
	gp-index --check
}

@test "gp-index --restore: what came after the backup finds its place again, in whatever folder it would go now" {
	local path
	gp-index --backup copy.db
	staged d D.jpg delta | gp-index --record >out
	path=$(jq -r .path out)
	gp-index --restore copy.db || [ $? -eq 1 ]
	staged d D.jpg delta | gp-index --record --folder wedding >out
	same "$path stored" "$(jq -r '"\(.path) \(.status)"' out)"
	[ ! -e "$GP_ARCHIVE"/wedding ]
	same 1 "$(find "$GP_ARCHIVE" -name 'D*.jpg' | wc -l)"
	gp-index --check
}

@test "gp-index --restore: what a list names and can't be, and what is moved away for good, is settled" {
	gp-index --backup copy.db
	mkdir "$GP_ARCHIVE/Docs"
	echo text >"$GP_ARCHIVE/Docs/t.txt"
	(cd "$GP_ARCHIVE/Docs" && sha256sum t.txt >SHA256SUMS && sed 's,t.txt,../../../etc/passwd,; p; s,\.\./,,g' SHA256SUMS >>SHA256SUMS.more)
	cat "$GP_ARCHIVE/Docs/SHA256SUMS.more" >>"$GP_ARCHIVE/Docs/SHA256SUMS"
	rm "$GP_ARCHIVE/Docs/SHA256SUMS.more"
	run -1 --separate-stderr gp-index --restore copy.db
	has "$stderr" "1 file that SHA256SUMS names is newer"
	same "unknown|Docs/t.txt" "$(sql 'SELECT kind, detail FROM event')"
	run -2 gp-index --accept Docs/t.txt "why not"
	mv "$GP_ARCHIVE/Docs" .
	same 1 "$(gp-index --stats | jq .unsettled.files)"
	gp-index --accept Docs/t.txt "it lies elsewhere now"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	gp-index --check
}

@test "gp-index --restore: what is no backup of this archive is refused, and the index stays" {
	before=$(looks "$GP_ARCHIVE")
	gp-index -C other --init
	gp-index -C other --backup other.db
	refused "index of another archive" gp-index --restore other.db
	echo rubbish >rubbish
	refused "not a database" gp-index --restore rubbish
	: >empty
	refused "no backup of an index" gp-index --restore empty
	refused "unable to open" gp-index --restore none
	refused "this is the index itself" gp-index --restore "$index"
	gp-index --backup copy.db
	noise pages 24576 | dd of=copy.db bs=4096 seek=3 iflag=fullblock conv=notrunc status=none
	run -2 --separate-stderr gp-index --restore copy.db
	gp-index --backup copy.db
	sqlite3 copy.db "PRAGMA user_version = 99"
	refused "newer gp" gp-index --restore copy.db
	same "$before" "$(looks "$GP_ARCHIVE")"
}

@test "gp-index --restore: GP_INDEX that is another archive's is left where it is" {
	gp-index -C other --init
	gp-index -C other --backup other.db
	GP_INDEX=$index refused "index of another archive" gp-index -C other --restore other.db
	gp-index --check
	gp-index -C other --check
}

@test "gp-index --restore, --rebuild: what GP_INDEX names and is no index of gp's is left where it is" {
	gp-index --backup copy.db
	export GP_INDEX=$PWD/named
	echo "dear diary" >named
	refused "set GP_INDEX right" gp-index --rebuild
	refused "set GP_INDEX right" gp-index --restore copy.db
	same "dear diary" "$(cat named)"
	rm named
	sqlite3 named "CREATE TABLE cookie (value)"
	refused "another program's database" gp-index --rebuild
	refused "another program's database" gp-index --restore copy.db
	same cookie "$(sqlite3 named ".tables")"
	same "" "$(find . -name 'named.*')"
}

@test "gp-index --init: an archive that has an index gets no second one where GP_INDEX says" {
	gp-index -C new --init
	GP_INDEX=$PWD/second.db refused "has an index in .gp: if that is the right one, unset GP_INDEX" gp-index -C new --init
	[ ! -e second.db ]
	gp-index -C new --check
}

@test "an archive that has an index in .gp: where GP_INDEX says there is none, all say so, and none is made" {
	gp-index --backup copy.db
	export GP_INDEX=$PWD/second.db
	for mode in --new --record --export --stats --check "--restore copy.db" --rebuild; do
		# shellcheck disable=SC2086 # words
		refused "has an index in .gp: if that is the right one, unset GP_INDEX" gp-index $mode
	done
	refused "has an index in .gp: if that is the right one, unset GP_INDEX" gp-fetch
	[ ! -e second.db ]
	unset GP_INDEX
	gp-index --check
}

@test "gp-index --rebuild: another archive's index that GP_INDEX names is left, though it is damaged" {
	local page
	cp -a "$GP_ARCHIVE" other
	rm other/.gp/index.db* other/.gp/archive
	gp-index -C other --rebuild
	mv "$index" mine.db
	rm -f "$index"-*
	page=$(sqlite3 mine.db "SELECT rootpage FROM sqlite_schema WHERE name = 'file_folded' OR (type = 'index' AND tbl_name = 'file') LIMIT 1")
	noise page 4096 | dd of=mine.db bs=4096 seek=$((page - 1)) iflag=fullblock conv=notrunc status=none
	rm other/.gp/index.db*
	GP_INDEX=$PWD/mine.db refused "index of another archive" gp-index -C other --rebuild
	[ ! -e mine.db.damaged-1 ]
	GP_INDEX=$PWD/mine.db run -0 gp-index --rebuild
	[ -e mine.db.damaged-1 ]
}

@test "an index or its backup that is a link: to another disk, which is not there, or to a file" {
	gp-index -C new --init
	rm new/.gp/index.db*
	ln -s "$PWD/unmounted/index.db" new/.gp/index.db
	refused "a link to what is not there: is its disk mounted?" gp-index -C new --init
	refused "a link to what is not there: is its disk mounted?" gp-index -C new --new
	gp-index --backup copy.db
	refused "a link to what is not there: is its disk mounted?" gp-index -C new --restore copy.db
	[ -L new/.gp/index.db ]
	same "" "$(find new -name 'index.db.*')"
	ln -s "$PWD/unmounted/copy.db" away
	refused "a link to what is not there: is its disk mounted?" gp-index --backup away
	[ -L away ]
	mkdir disk
	gp-index --backup disk/copy.db
	ln -s disk/copy.db linked
	staged d D.jpg delta | gp-index --record >/dev/null
	gp-index --backup linked
	[ -L linked ]
	same 4 "$(sqlite3 disk/copy.db 'SELECT count(*) FROM file')"
}

@test "GP_INDEX that is another program's database, or another archive's index of an earlier gp, is left as it is" {
	local version
	gp-index --backup mine.db
	gp-index -C new --init
	for version in 0 3 99; do
		rm -f named
		sqlite3 named "CREATE TABLE cookie (value); CREATE VIEW file AS SELECT 1; PRAGMA user_version = $version"
		cp named before
		GP_INDEX=$PWD/named refused "another program's database" gp-index -C new --new
		GP_INDEX=$PWD/named refused "another program's database" gp-index --record
		GP_INDEX=$PWD/named refused "another program's database" gp-fetch
		GP_INDEX=$PWD/named refused "another program's database" gp-index --rebuild
		GP_INDEX=$PWD/named refused "another program's database" gp-index --restore mine.db
		cmp named before
		same "" "$(find . -name 'named.*')"
	done
	rm -f named
	gp-index -C new --backup named
	sqlite3 named "ALTER TABLE item DROP COLUMN as_of; ALTER TABLE item DROP COLUMN taken_as_of; ALTER TABLE item DROP COLUMN metadata_as_of; ALTER TABLE album DROP COLUMN as_of; PRAGMA user_version = 6; PRAGMA journal_mode = DELETE" >/dev/null
	cp named before
	GP_INDEX=$PWD/named refused "index of another archive" gp-index --record
	cmp named before
}

@test "gp-index --restore: an index that is in use or can't be read is not moved aside" {
	gp-index -C other --init
	gp-index -C other --backup other.db
	mkfifo hold
	sql "PRAGMA journal_mode=DELETE" >/dev/null
	timeout "$PATIENCE" sqlite3 "$index" "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE" ".shell touch held" ".shell cat hold" >/dev/null 3>&- &
	wait_for test -e held
	GP_INDEX=$index run -2 --separate-stderr gp-index -C other --restore other.db
	echo >hold
	wait
	has "$stderr" "another program is at work with it"
	export ASAN_OPTIONS=$NO_LEAKS
	GP_INDEX=$index run -2 --separate-stderr strace -qq -f -o /dev/null -P "$index" -e trace=pread64 \
		-e inject=pread64:error=EIO:when=1+ gp-index -C other --restore other.db
	has "$stderr" "$index: "
	same "" "$(find "$GP_ARCHIVE" -name '*replaced*')"
	gp-index --check
}

@test "gp-index --restore: folders that came back from a copy become its archive again" {
	id=$(id_of "$GP_ARCHIVE")
	gp-index --backup copy.db
	mkdir back
	cp -a "$GP_ARCHIVE"/*-* back/
	run -0 --separate-stderr gp-index -C back --restore copy.db
	same "$id" "$(id_of back)"
	gp-index -C back --check
	# but not folders of something else
	mkdir -p strange/x
	echo x >strange/x/a.jpg
	(cd strange/x && sha256sum a.jpg >SHA256SUMS)
	refused "none of the 3 files of this index is in" gp-index -C strange --restore copy.db
	# a backup that an earlier gp made
	sqlite3 copy.db "DROP TABLE archive; ALTER TABLE item DROP COLUMN session; ALTER TABLE item DROP COLUMN as_of; ALTER TABLE item DROP COLUMN taken_as_of; ALTER TABLE item DROP COLUMN metadata_as_of; ALTER TABLE album DROP COLUMN as_of; ALTER TABLE arriving DROP COLUMN record; PRAGMA user_version = 3"
	rm "$index"*
	gp-index --restore copy.db
	same "$id" "$(id_of "$GP_ARCHIVE")"
	gp-index --check
	# which may have a file in common with another archive
	mkdir -p third/.gp
	cp -a "$GP_ARCHIVE"/.gp/archive third/.gp/
	one=$(gp-index --export | jq -r .path | head -n 1)
	mkdir "third/${one%/*}"
	cp "$GP_ARCHIVE/$one" "third/$one"
	refused "only 1 of its 3 files are in" gp-index -C third --restore copy.db
	# nor is one with an id taken for that of folders which have most from elsewhere
	gp-index --backup copy2.db
	rm -r third/.gp
	for n in 1 2; do echo "$n" >"third/${one%/*}/other$n.jpg"; done
	(cd "third/${one%/*}" && sha256sum ./*.jpg | sed 's,\./,,' >SHA256SUMS)
	refused "this index has only 1 of the files in" gp-index -C third --restore copy2.db
	[ ! -e third/.gp/archive ]
}

@test "gp-index --restore: killed at each durable step, the index is the old one, none or the new one" {
	local call n count total=0
	export ASAN_OPTIONS=$NO_LEAKS
	gp-index --backup copy.db
	cp -a "$GP_ARCHIVE" before
	strace -qq -f -o calls -e trace=openat,write,pwrite64,fsync,fdatasync,rename,renameat,unlink,unlinkat gp-index --restore copy.db
	for call in write pwrite64 fsync fdatasync rename renameat unlink unlinkat; do
		count=$(grep -c " $call(" calls || true)
		for ((n = 1; n <= count; n += count > $(rounds 4 6) ? count / $(rounds 4 6) : 1)); do
			rm -rf "$GP_ARCHIVE"
			cp -a before "$GP_ARCHIVE"
			strace -qq -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				gp-index --restore copy.db 2>/dev/null || total=$((total + 1))
			gp-index --check 2>err || has "$(cat err)" "there is no index"
			gp-index --restore copy.db 2>err || fail "killed at $call $n: $(cat err)"
			gp-index --check 2>err || fail "killed at $call $n: $(cat err)"
			same "" "$(find "$GP_ARCHIVE" -name '*.gp-new*')"
		done
	done
	[ "$total" -gt 6 ]
}

@test "gp-index --rebuild: what an old index left does not eat the new one" {
	mkdir "$GP_ARCHIVE/.gp/runs"
	sqlite3 stray.db "PRAGMA journal_mode=WAL; CREATE TABLE x (y); INSERT INTO x VALUES (1)" \
		".shell cp stray.db-wal '$PWD/stray-wal'" >/dev/null
	rm "$index"*
	cp stray-wal "$index-wal"
	gp-index --rebuild
	same 3 "$(gp-index --stats | jq .files)"
	[ -s "$index.damaged-1-wal" ]
	gp-index --check
}

@test "gp-index --rebuild: an index that is in use or can't be read is not moved aside" {
	mkfifo hold
	sql "PRAGMA journal_mode=DELETE" >/dev/null
	timeout "$PATIENCE" sqlite3 "$index" "PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE" ".shell touch held" ".shell cat hold" >/dev/null 3>&- &
	wait_for test -e held
	run -2 --separate-stderr gp-index --rebuild
	echo >hold
	wait
	has "$stderr" "can't be told now"
	export ASAN_OPTIONS=$NO_LEAKS
	# SQLite calls a page damaged that the disk did not give
	for n in 1+ 1 2 3 5 2+ 10+; do
		run -2 --separate-stderr strace -qq -f -o /dev/null -P "$index" -e trace=pread64 \
			-e inject=pread64:error=EIO:when="$n" gp-index --rebuild
		has "$stderr" "$index: " "$n"
	done
	same "" "$(find "$GP_ARCHIVE" -name '*damaged*')"
	gp-index --check
}

@test "the pipelines make no archive where the disk is not mounted, and say so" {
	PATH=$TESTS/../pipelines:$PATH
	mkdir src
	echo photo >src/a.jpg
	export GP_ARCHIVE=$PWD/mnt/photos
	for dir in mnt mnt/photos; do
		mkdir "$dir"
		for command in "gp-backup dir:src" gp-replicate gp-scrub gp-drill "gp-safe Ezra --count 1" gp-report "gp-disc build" \
			"env GP_TAKEOUT_REMOTE=$PWD/src gp-takeout-pull"; do
			# shellcheck disable=SC2086 # words
			GP_REMOTES=$PWD/usb run -2 --separate-stderr $command
			has "$stderr" "o archive at $GP_ARCHIVE" "$command"
		done
		same "" "$(find mnt -type f)"
	done
	same "" "$(ls -A mnt/photos)"
}

@test "gp-index --init: one that fails or is refused leaves nothing that it made" {
	local call n count kept
	mkdir empty half
	mkdir half/.gp
	export GP_INDEX=$PWD/none/x.db
	for dir in absent empty half; do
		kept=$(find . -path "./$dir*" | sort)
		run -2 --separate-stderr gp-index -C "$dir" --init
		has "$stderr" "$GP_INDEX"
		same "$kept" "$(find . -path "./$dir*" | sort)"
	done
	export GP_INDEX=$index
	refused "index of another archive" gp-index -C absent --init
	[ ! -e absent ]
	unset GP_INDEX
	# an archive without an index stays one
	cp -r "$GP_ARCHIVE" lost
	rm lost/.gp/index.db*
	kept=$(looks lost)
	refused "has something stored" gp-index -C lost --init
	same "$kept" "$(looks lost)"
	gp-index -C absent --init
	id_of absent
}

@test "gp-index --init: a disk that is full at any step leaves nothing that it made" {
	local call n count total=0
	export ASAN_OPTIONS=$NO_LEAKS
	strace -qq -f -o calls -e trace=mkdir,mkdirat,openat,write,pwrite64,fsync,fdatasync,renameat gp-index -C new --init
	for call in mkdirat write pwrite64 fsync fdatasync renameat; do
		count=$(grep -c " $call(" calls || true)
		for ((n = 1; n <= count; n += count > 30 ? $(rounds 5 1) : 1)); do
			rm -rf new
			# from the Nth on
			strace -qq -f -o trace -e trace="$call" -e inject="$call:error=ENOSPC:when=$n+" \
				gp-index -C new --init 2>err && continue
			total=$((total + 1))
			[ ! -e new ] || fail "$call $n: $(cat err; find new)"
		done
	done
	[ "$total" -gt 8 ]
}

@test "an archive whose index is elsewhere gets no second one by itself" {
	local mode
	GP_INDEX=$PWD/x.db gp-index -C new --init
	for mode in --new "--new -n" --record --export "--seen usb" --packed "--accept a b" --stats --check \
		"--disc-state X built" "--backup b.db"; do
		# shellcheck disable=SC2086 # words
		refused "no index at $PWD/new/.gp/index.db; is GP_INDEX set as it was? \`gp-index --init\` makes one" \
			gp-index -C new $mode
	done
	refused "no index at" gp-fetch -C new
	mkdir exports
	refused "no index at" gp-list -C new takeout:exports
	refused "no index at" gp-list -C new picker:
	same archive "$(ls -A new/.gp | grep -v lock)"
	GP_INDEX=$PWD/x.db gp-index -C new --check
	# with its index it goes on, and --init makes it another one
	GP_INDEX=$PWD/x.db gp-index -C new --record </dev/null
	gp-index -C new --init
	id_of new
	same "$(id_of new)" "$(sqlite3 x.db 'SELECT id FROM archive')"
}

# at_work MODE...: such a mode while a --record waits for more is refused; it
# changes nothing, and what that run stores is known afterwards
at_work() {
	mkfifo in
	gp-index --record <in >out 2>err 3>&- &
	exec 9>in
	staged d D.jpg delta >&9
	stored_d() { grep -q D.jpg out; }
	wait_for stored_d
	looks "$GP_ARCHIVE" >before
	refused "another run is at work in this archive" "$@"
	same "$(<before)" "$(looks "$GP_ARCHIVE")"
	staged e E.jpg echo >&9
	exec 9>&-
	wait -n
	same '"stored" "stored"' "$(jq -r '.status | @json' out | xargs -d '\n')"
	same 5 "$(gp-index --stats | jq .files)"
	gp-index --check
}

@test "gp-index --restore: refused while a run is at work, whose photos it would not know" {
	gp-index --backup saved.db
	at_work gp-index --restore saved.db
	gp-index --restore saved.db || [ $? -eq 1 ]
	same 3 "$(gp-index --stats | jq .files)"
}

@test "gp-index --rebuild: refused while a run is at work" {
	at_work gp-index --rebuild
}

@test "gp-index --restore, --rebuild: refused while gp-fetch or gp-hash is at work" {
	gp-index --backup saved.db
	mkfifo in
	for tool in gp-fetch gp-hash; do
		"$tool" <in >out 2>err 3>&- &
		exec 9>in
		# it has its share: nobody gets the whole
		shared() { ! flock -n -x "$staging" true; }
		wait_for shared
		refused "another run is at work in this archive" gp-index --restore saved.db
		refused "another run is at work in this archive" gp-index --rebuild
		exec 9>&-
		wait -n
	done
	gp-index --restore saved.db
	# what it hashes lies in another archive than it is told of
	gp-index -C other --init
	GP_ARCHIVE=$PWD/other gp-hash <in >out 2>err 3>&- &
	exec 9>in
	printf '{"id":"a","file":"%s/a"}\n' "$staging" >&9
	wait_for shared
	refused "another run is at work in this archive" gp-index --rebuild
	exec 9>&-
	wait -n
}
