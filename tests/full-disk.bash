# What the tests of a full disk share: a small file system, an archive on it, and
# passes with more and more room, never enough.
# shellcheck shell=bash

DISK=16 # MiB: room for all that a test does, several times

full_disk_setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small disk"
	small=$PWD/small
	export SOURCE_DATE_EPOCH=1790000000
	mkdir small
	make_photos
	this_quarter >/dev/null
}

# --- the small disk -----------------------------------------------------------

disk_gone() {
	! mountpoint -q "$BATS_TEST_TMPDIR/small" || umount "$BATS_TEST_TMPDIR/small" || umount -l "$BATS_TEST_TMPDIR/small"
}

# disk_new BLOCK: an empty one at small/: ext4 where that can be had, which gives
# out its blocks late, so that what seemed written may have no room; with blocks
# below a page of memory SQLite's own may have none. The image is another each time:
# who has a name space of mounts of its own may have the last one still
disk_new() {
	disk_gone
	rm -f image.*
	image=$(mktemp image.XXXXXX)
	truncate -s "${DISK}M" "$image"
	if mkfs.ext4 -q -m 0 -b "$1" -J size=4 "$image" 2>/dev/null && mount -o loop "$image" small 2>/dev/null; then
		rmdir small/lost+found
	else
		mount -t tmpfs -o "size=${DISK}m" none small 2>/dev/null || skip "needs the right to mount"
	fi
}

# room: KiB that are left
room() {
	stat -f -c '%a %S' small | awk '{ print int($1 * $2 / 1024) }'
}

# leave KIB: fills the disk but for so much
leave() {
	local take=$(($(room) - $1))
	[ "$take" -le 0 ] || fallocate -l "${take}K" small/filler 2>/dev/null ||
		cat /dev/zero >small/filler 2>/dev/null || true
}

# --- what is on it ------------------------------------------------------------

# make_photos: those of an earlier run in old/, those of this one in src/
make_photos() {
	local i
	mkdir old src
	for i in 1 2 3; do noise "old$i" 30000 >"old/old$i.jpg"; done
	for i in 1 2 3 4 5 6; do noise "new$i" $((i * 25000)) >"src/new$i.jpg"; done
}

# limited COMMAND...: what hangs is ended, and no signal stays unseen
limited() {
	timeout "$PATIENCE" "$@"
}

# main_job ARGUMENT...: of gp-list; its worst status. Who writes to one that stopped ends by the
# closed pipe; the other's status counts.
main_job() {
	local s worst=0 all
	limited gp-list --album Ezra "$@" | limited gp-index --new | limited gp-fetch |
		limited gp-hash | limited gp-index --record >out
	all=("${PIPESTATUS[@]}")
	for s in "${all[@]}"; do
		[ "$s" -le "$worst" ] || { [ "$s" -eq 141 ] && [[ " ${all[*]} " == *" 2 "* ]]; } || worst=$s
	done
	return "$worst"
}

# older: an archive with the photos of old/, kept in base/ between the passes
older() {
	if [ ! -d base ]; then
		(
			unset GP_INDEX
			export GP_ARCHIVE=$PWD/base
			archive_new
			main_job "dir:$PWD/old"
		)
		(cd base && sha256sum ezra-*/*.jpg) >old.sums
	fi
	rm -rf "$GP_ARCHIVE"
	cp -a base "$GP_ARCHIVE"
}

# index_file: where it is
index_file() {
	echo "${GP_INDEX:-$GP_ARCHIVE/.gp/index.db}"
}

# all_photos: every file and what the index knows; nothing is half done, and each
# folder's SHA256SUMS is true
all_photos() {
	(
		cd "$GP_ARCHIVE" || exit
		find . -path ./.gp/runs -prune -o -path ./.gp/report -prune -o -path ./.gp/listings -prune -o \
			-type f ! -name 'index.db-*' ! -name '*.lock' -print | LC_ALL=C sort
		find . -path ./.gp -prune -o -path ./burn -prune -o -type f -print | LC_ALL=C sort | xargs -d '\n' sha256sum
		for sums in */SHA256SUMS; do
			(cd "${sums%/*}" && sha256sum -c --quiet --strict SHA256SUMS) 2>&1
		done
	)
	gp-index --check 2>&1
	sqlite3 "$(index_file)" "
		SELECT hex(sha256), size, path FROM file ORDER BY 1;
		SELECT id, source, filename, hex(file) FROM item ORDER BY 1;
		SELECT title, count(*) FROM album JOIN item_album USING (album) GROUP BY album;
		SELECT count(*) FROM arriving; SELECT count(*) FROM folder_changed;
		SELECT count(*) FROM failure; PRAGMA integrity_check"
}

# old_photos: they are as they were, and nothing else is worse than interrupted
old_photos() {
	local status=0
	(cd "$GP_ARCHIVE" && sha256sum -c --quiet --strict) <old.sums || return 1
	gp-index --check 2>check || status=$?
	[ "$status" -ne 2 ] || { grep -qi space check && return 0; }
	[ "$status" -le 1 ] || {
		fail "gp-index --check: $status $(cat check)"
		return 1
	}
	! grep -v -e 'the index and the disk agree' -e 'was arriving when a run' -e 'things\? \(is\|are\) wrong' \
		-e 'SHA256SUMS' check || fail "gp-index --check complains"
}

# --- the passes ---------------------------------------------------------------

# passes SHORT LONG NAME: so many of NAME_work, each with more room than the last,
# none with the KiB in $need. NAME_ready puts on the disk what is there before,
# NAME_kept looks while it is full, NAME_whole prints what must be there in the end.
passes() {
	# run of bats has its own ideas of a variable called i
	local n name=$3 pass failed=0 status
	n=$(rounds "$1" "$2")
	disk_new 4096
	"${name}_ready"
	"${name}_work" >said 2>&1 || fail "with room enough: $? $(cat said)"
	"${name}_whole" >want
	for ((pass = 0; pass < n; pass++)); do
		# the short run sees both kinds of blocks too
		disk_new $((pass % 2 ? 4096 : 1024))
		"${name}_ready"
		leave $((need * 9 * pass / (10 * (n > 1 ? n - 1 : 1))))
		status=0
		"${name}_work" >said 2>&1 || status=$?
		echo "pass $pass, $(room) KiB left of $((need * 9 * pass / (10 * (n > 1 ? n - 1 : 1)))): $status, $(cat said)"
		case $status in
		0) ended_well "$name" || return 1 ;;
		1 | 2)
			failed=$((failed + 1))
			grep -qi -e 'space' -e 'full' said || fail "it does not say why"
			;;
		*) fail "it ended with $status" ;;
		esac
		"${name}_kept" || fail "something is lost"
		rm small/filler
		"${name}_work" >said 2>&1 || fail "with room again: $? $(cat said)"
		ended_well "$name"
	done
	echo "# $name: $n passes, $failed without enough room" >&3
	[ "$failed" -ge $((n / 2)) ]
}

# ended_well NAME: nothing tells it from one that was never short of room
ended_well() {
	"${1}_whole" >got
	diff want got || fail "$1: what came of it is not what it should be"
}
