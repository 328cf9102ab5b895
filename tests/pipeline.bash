# shellcheck shell=bash
# What the crash and fault sweeps share: a small album, the pipeline, and all
# of an archive that must not depend on what happened on the way.

# list_of SOURCE...: its list, and what an archive holds in the end of it,
# undisturbed: want
list_of() {
	archive_new whole
	gp-list "$@" >list
	run_whole whole
	state whole >want
}

# picked_list: the same of what a person picked
picked_list() {
	google_reset
	run -3 gp-list --no-wait picker:
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
	list_of --no-wait picker:
}

# Makes src/ in the current folder, and its list.
make_album() {
	local i
	mkdir -p src/again
	for i in 1 2 3; do printf 'photo %s' "$i" >"src/$i.jpg"; done
	# the same name too: whichever comes first, the archive is the same
	cp src/1.jpg src/again/1.jpg
	list_of --album Ezra "dir:$PWD/src"
}

# run_whole ARCHIVE: the pipeline, undisturbed
run_whole() {
	gp-index -C "$1" --new <list | gp-fetch -C "$1" | gp-hash -C "$1" |
		gp-index -C "$1" --record >"$1.out"
}

# prepare STAGE: the archive `whole` just before STAGE, its input in whole.in;
# run once, then taken from a copy
prepare() {
	local stage=$1
	if [ ! -e "$stage.in" ]; then
		archive_new whole
		case $stage in
		gp-index-new) cp list whole.in ;;
		gp-fetch) gp-index -C whole --new <list >whole.in ;;
		gp-hash) gp-index -C whole --new <list | gp-fetch -C whole >whole.in ;;
		gp-index-record)
			gp-index -C whole --new <list | gp-fetch -C whole |
				gp-hash -C whole >whole.in
			;;
		esac
		mv whole "$stage.archive"
		mv whole.in "$stage.in"
	fi
	rm -rf whole
	cp -a "$stage.archive" whole
	cp "$stage.in" whole.in
}

# state ARCHIVE: what must be the same in the end
state() {
	(cd "$1" && find . -path ./.gp -prune -o -type f -print | LC_ALL=C sort |
		xargs -d '\n' sha256sum)
	find "$1/.gp/staging" -type f | sed "s|$1||"
	sqlite3 "$1/.gp/index.db" "
		SELECT hex(sha256), size, path, folded, original FROM file ORDER BY 1;
		SELECT id, source, account, filename, mime, taken, session IS NULL, hex(file),
			json_remove(metadata, '$.baseUrl', '$.mediaFile.baseUrl')
			FROM item ORDER BY 1, 2, 3;
		SELECT item.id, source, account, album.id, title
			FROM item JOIN item_album USING (item) JOIN album USING (album) ORDER BY 1, 2, 3, 4;
		SELECT count(*) FROM arriving; SELECT count(*) FROM folder_changed;
		SELECT count(*) FROM failure;
		PRAGMA integrity_check" |
		sed "s|$PWD||"
}

# with_killed STAGE CALL N SOURCE...: the main job, but STAGE (list, new, fetch, hash,
# record) dies of SIGKILL at its Nth CALL; the others end as they then do
with_killed() {
	local dies=$1 call=$2 n=$3
	shift 3
	or_killed list gp-list "$@" | or_killed new gp-index --new | or_killed fetch gp-fetch |
		or_killed hash gp-hash | or_killed record gp-index --record || true
	! grep -q 'killed by SIGKILL' "$BATS_TEST_TMPDIR/killed_at" || struck=$((${struck:-0} + 1))
}

# or_killed STAGE COMMAND...: of with_killed
or_killed() {
	local stage=$1
	shift
	if [ "$stage" = "$dies" ]; then
		strace -qq -f -o "$BATS_TEST_TMPDIR/killed_at" -e trace="$call" -e inject="$call:signal=KILL:when=$n" "$@"
	else
		"$@"
	fi
}

# stage_kills: lines "STAGE CALL N" for with_killed: each stage at what it writes,
# in the long run at all that changes a disk. Each writes once; how often is for the
# scheduler to say
stage_kills() {
	local stage call n
	for stage in list new fetch hash record; do
		for call in $(rounds "write" "write openat pwrite64 fsync renameat2 renameat unlinkat"); do
			for n in $(rounds "1 2" "1 2 3 5 8 13 21"); do echo "$stage $call $n"; done
		done
	done
}
