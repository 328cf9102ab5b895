#!/usr/bin/env bats
# The n-th system call or allocation fails, or the program is killed there, as
# an index is made anew, saved or put back, as a photo is healed, and as what a
# dead run left is stored. More of them with tests/run --long, a few without.
# (Run with plain programs: strace and sanitizers don't go together.)
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load pipeline
load faults

CALLS="write:ENOSPC write:EIO pwrite64:ENOSPC pwrite64:EIO fsync:EIO fdatasync:EIO
	syncfs:EIO rename:EIO renameat:EIO renameat2:EIO renameat2:ENOSPC linkat:EPERM
	unlink:EIO unlinkat:EIO mkdirat:ENOSPC openat:EMFILE openat:EACCES ftruncate:EIO
	read:EIO pread64:EIO flock:ENOLCK fcntl:EMFILE fcntl:ENOLCK copy_file_range:ENOSPC
	copy_file_range:EIO link:EPERM fstat:EIO newfstatat:EIO"
STEPS="fsync fdatasync syncfs rename renameat renameat2 link linkat unlink unlinkat pwrite64
	write openat"
SPREAD=2 # of each call and error
KILLS=2  # of each call
MEMORY=3
if [ -n "${GP_LONG:-}" ]; then
	# all of them would take longer than tests/run lets one file
	SPREAD=12
	KILLS=24
	MEMORY=60
fi

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	cc -shared -fPIC -o nomem.so "$TESTS/faults/nomem.c"
	make_album
	mkdir to
	: >in
}

# --- what is as it was ----------------------------------------------------------

# What must be the same in the end: state, who is in which album, and each file
# of gp's own; a name that holds a time or a number does so once.
all_of() {
	state whole
	sqlite3 whole/.gp/index.db 'SELECT item.id, title FROM item JOIN item_album
		USING (item) JOIN album USING (album) ORDER BY 1, 2'
	[ ! -e to/copy.db ] || sqlite3 to/copy.db 'SELECT count(*) FROM file'
	find whole/.gp to -type f ${ASIDE:+! -path "*/quarantine/*"} |
		sed -E 's/(quarantine\/[0-9a-f]*)-.*/\1/; s/(replaced|damaged)-[0-9]+(-wal|-shm)?$/\1/' |
		LC_ALL=C sort -u
}

# The bytes of all that nobody has twice: photos, stored, staged or set aside.
bytes() {
	find whole -type f ! -name SHA256SUMS ! -name '*.json' ! -name 'index.db*' \
		! -path '*/runs/*' ! -name '*.gp-new*' -print0 |
		xargs -0r sha256sum | cut -c 1-64 | LC_ALL=C sort -u
}

# What a job's own test has to say of the archive after a fault, besides.
# shellcheck disable=SC2317 # kept calls it
also() {
	:
}

# words FILE: what a job's output must be the same in
words() {
	if [ -n "$IN_ANY_ORDER" ]; then
		jq -c '[.id, .album.id, .path, .error]' "$1" | LC_ALL=C sort
	else
		cat "$1"
	fi
}

# The words in which a second run may say that the first had done it all.
ALREADY=
# Set where records may come out in another order: what can't be read as it is to
# be adopted is stored as its own record comes.
IN_ANY_ORDER=
# Set where a good copy may go aside too: one that can't be read as it is judged.
ASIDE=
# The status with which the job ends undisturbed.
ENDS=0

# kept WHAT: what is wrong with what must outlive any fault
kept() {
	[ -z "$(comm -23 before.bytes <(bytes))" ] || echo "$1: bytes of a photo are lost"
	# no index is no reason to begin with an empty one
	[ -e whole/.gp/index.db ] || ! gp-index -C whole --stats >stats 2>&1 ||
		echo "$1: an empty index is taken for the archive's"
	also "$1"
}

# again WHAT COMMAND...: what is wrong after one more run, undisturbed
again() {
	local what=$1 status=0
	shift
	"$@" <in >again.out 2>again.err || status=$?
	if [ -n "$ALREADY" ] && grep -q "$ALREADY" again.err; then
		# it did nothing: the next run of all stages brings back what could not be
		# read, and sweeps what lies about
		run_whole whole 2>&1 || echo "$what: the next run of all stages fails"
	elif [ "$status" -ne "$ENDS" ]; then
		echo "$what: the next run fails: exit $status: $(cat again.err again.out)"
	fi
	all_of >got
	diff want got || echo "$what: the next run does not end the same"
	kept "$what, after the next run"
}

# judge_index WHAT STATUS COMMAND...: what is wrong after a fault, and after the
# next run
judge_index() {
	local what=$1 status=$2
	shift 2
	if [ "$status" -eq 124 ] || [ "$status" -ge 128 ]; then
		echo "$what: hung or died: $status"
	elif [ "$status" -ne 0 ] && [ ! -s err ] && ! jq -e .error out >/dev/null; then
		echo "$what: exit $status without a word"
	elif [ "$status" -lt "$ENDS" ]; then
		echo "$what: exit $status, not $ENDS"
	elif [ "$status" -eq 0 ]; then
		cmp <(words good) <(words out) || echo "$what: exit 0, but other words on stdout"
		all_of >got
		# what could not be removed lies there until the next run
		[[ $what != *unlink* ]] || sed -i '/gp-new/d; /staging/d' got
		diff want got || echo "$what: exit 0, but not all is done: $(cat err)"
	fi
	kept "$what"
	again "$what" "$@"
}

# --- the sweeps -----------------------------------------------------------------

# before: the archive as the job finds it
before() {
	rm -rf whole to
	cp -a before/. .
}

# start: the archive is as it should be before the job
start() {
	mkdir before
	bytes >before.bytes
	mv whole to before/
	before
}

# calls_of CALL: how many there are of it in one thread, as strace counts
calls_of() {
	awk -v call="$1" 'index($2, call "(") == 1 && ++n[$1] > max { max = n[$1] }
		END { print max + 0 }' calls
}

# sweep_calls COMMAND...: a system call fails
sweep_calls() {
	local spec call error n status
	for spec in $CALLS; do
		call=${spec%:*} error=${spec#*:}
		for n in $(spread "$(calls_of "$call")" "$SPREAD"); do
			before
			status=0
			timeout "$PATIENCE" strace -qq -f -o trace -e trace="$call" \
				-e inject="$call:error=$error:when=$n" "$@" <in >out 2>err || status=$?
			grep -q INJECTED trace || continue
			! unsaid || continue
			failed=$((failed + 1))
			judge_index "$call number $n gives $error" "$status" "$@" >>bad 2>&1
		done
	done
}

# sweep_kills COMMAND...: killed where it changes a disk
sweep_kills() {
	local call n
	for call in $STEPS; do
		for n in $(spread "$(calls_of "$call")" "$KILLS"); do
			before
			{ strace -qq -f -o trace -e trace="$call" \
				-e inject="$call:signal=KILL:when=$n" "$@" <in >out 2>err || true; } 2>shell
			grep -q 'killed by SIGKILL' trace || continue
			killed=$((killed + 1))
			kept "killed at $call $n" >>bad 2>&1
			again "killed at $call $n" "$@" >>bad 2>&1
		done
	done
}

# sweep_memory COMMAND...: an allocation fails
sweep_memory() {
	local n count status
	before
	NOMEM_COUNT=$PWD/count LD_PRELOAD=$PWD/nomem.so "$@" <in >out 2>err || true
	count=$(cat count)
	for n in $(spread "$count" "$MEMORY"); do
		before
		short_of_memory "$n" "$@" <in || continue
		failed=$((failed + 1))
		judge_index "allocation $n of $count" "$status" "$@" >>bad 2>&1
	done
}

# sweep COMMAND...: all three, from the archive that `start` kept; what an
# undisturbed run ends with is the measure
sweep() {
	local failed=0 killed=0 status=0
	before
	strace -qq -f -o calls "$@" <in >good 2>err || status=$?
	[ "$status" -eq "$ENDS" ] || fail "exit $status: $(cat err good)"
	all_of >want
	: >bad
	kept "undisturbed" >>bad 2>&1
	sweep_calls "$@"
	sweep_kills "$@"
	sweep_memory "$@"
	echo "# $failed faults, killed $killed times" >&3
	[ ! -s bad ] || fail "$(cat bad)"
	[ "$failed" -gt 15 ]
	[ "$killed" -gt 5 ]
}

# --- the index itself -----------------------------------------------------------

# with_runs: the archive holds the records of its runs
with_runs() {
	mkdir -p whole/.gp/runs/r1
	cp whole.out whole/.gp/runs/r1/stored.ndjson
}

@test "gp-index --rebuild: any call or allocation may fail, killed anywhere, and the damaged index is kept" {
	long_only
	with_runs
	rm whole/.gp/index.db*
	echo "no database at all, but long enough to be taken for one" >whole/.gp/index.db
	start
	also() {
		grep -qs 'no database at all' whole/.gp/index.db whole/.gp/index.db.damaged-1 ||
			echo "$1: the damaged index is gone"
	}
	ALREADY='this index is sound'
	sweep gp-index -C whole --rebuild
}

@test "gp-index --rebuild: no fault makes it take a sound index for a damaged one" {
	long_only
	with_runs
	start
	sqlite3 whole/.gp/index.db .dump >dump
	also() {
		sqlite3 whole/.gp/index.db .dump | diff dump - || echo "$1: the sound index is not as it was"
		[ -z "$(find whole/.gp -name 'index.db.*')" ] || echo "$1: the sound index was moved"
	}
	ENDS=2
	sweep gp-index -C whole --rebuild
}

# copied WHAT: the backup is the old one or the new one, whole
copied() {
	local files
	[ "$(sqlite3 to/copy.db 'PRAGMA integrity_check')" = ok ] || echo "$1: the backup is damaged"
	files=$(sqlite3 to/copy.db 'SELECT count(*) FROM file')
	[ "$files" = 3 ] || [ "$files" = 4 ] || echo "$1: the backup has $files files"
}

@test "gp-index --backup: any call or allocation may fail, killed anywhere, FILE is the old one or the new one" {
	long_only
	gp-index -C whole --backup to/copy.db
	printf 'photo 4' >src/4.jpg
	list_of_more
	start
	also() {
		copied "$1"
		[ "$(sqlite3 whole/.gp/index.db 'SELECT count(*) FROM file')" = 4 ] || echo "$1: the index lacks files"
	}
	sweep gp-index -C whole --backup to/copy.db
	same 4 "$(sqlite3 to/copy.db 'SELECT count(*) FROM file')"
}

# list_of_more: what is new in src goes into the archive too
list_of_more() {
	gp-list --album Ezra "dir:$PWD/src" >list
	run_whole whole
}

# later: an event is noted after the backup by a program that dies then, so that
# it stands in the -wal alone
later() {
	mv whole/.gp/index.db used.db
	sqlite3 used.db "INSERT INTO event (at, kind) VALUES (1, 'later')" \
		".shell cp used.db whole/.gp/index.db; cp used.db-wal whole/.gp/index.db-wal" >/dev/null
	[ -s whole/.gp/index.db-wal ]
}

# has_later FILE...: one of these indexes has what was noted after the backup
has_later() {
	local file
	for file; do
		[[ -e $file && $file != *-wal && $file != *-shm ]] || continue
		[ "$(sqlite3 "$file" "PRAGMA integrity_check; SELECT kind FROM event")" = $'ok\nlater' ] && return
	done
	return 1
}

@test "gp-index --restore: any call or allocation may fail, killed anywhere, and the index before is kept whole" {
	long_only
	gp-index -C whole --backup to/copy.db
	later
	start
	also() {
		has_later whole/.gp/index.db whole/.gp/index.db.replaced-* ||
			echo "$1: the index before is gone"
		[ -e whole/.gp/index.db ] || [ ! -s err ] || grep -q 'kept as' err ||
			echo "$1: not said where the index is now: $(cat err)"
		[ "$(sqlite3 to/copy.db 'PRAGMA integrity_check')" = ok ] || echo "$1: the backup is damaged"
	}
	sweep gp-index -C whole --restore to/copy.db
}

@test "gp-index --restore: killed as it moves an index that somebody reads, that keeps what stands in its -wal" {
	local at reader
	gp-index -C whole --backup to/copy.db
	later
	start
	for at in rename:1 rename:2 rename:3 unlink:1 unlink:2 unlink:3; do
		before
		rm -f held
		timeout "$PATIENCE" sqlite3 whole/.gp/index.db "BEGIN" "SELECT count(*) FROM file" \
			".shell touch held; exec sleep $PATIENCE" >/dev/null 2>&1 3>&- &
		reader=$!
		wait_for test -e held
		killed_at "${at%:*}" "${at#*:}" gp-index -C whole --restore to/copy.db >said 2>&1
		# timeout(1) leads a group of its own
		kill -9 -- "-$reader"
		wait "$reader" 2>/dev/null || true
		has_later whole/.gp/index.db whole/.gp/index.db.replaced-* || fail "killed at $at, the index before is gone"
	done
	[ "$struck" -ge 2 ]
}

# --- photos ---------------------------------------------------------------------

@test "gp-index --record heals: any call or allocation may fail, killed anywhere, and each photo comes back" {
	long_only
	cp -a src src.again
	touch src.again/*.jpg src.again/again/*.jpg
	printf 'rotten!' >whole/*/2.jpg
	rm whole/*/3.jpg
	list_again=$(gp-list --album Ezra "dir:$PWD/src.again")
	gp-index -C whole --new <<<"$list_again" | gp-fetch -C whole | gp-hash -C whole >in
	rm -r src src.again
	start
	IN_ANY_ORDER=1
	ASIDE=1
	sweep gp-index -C whole --record
	has "$(cat whole/.gp/quarantine/*)" "rotten!"
	same 3 "$(cat whole/*/*.jpg | grep -o photo | wc -l)"
}

@test "gp-index --record adopts: any call or allocation may fail, killed anywhere, and each photo is stored" {
	long_only
	archive_new whole
	gp-index -C whole --new <list | gp-fetch -C whole >fetched.out
	rm -r src
	start
	IN_ANY_ORDER=1
	sweep gp-index -C whole --record
}

# export_in: an export in two parts of a new archive, as gp-hash leaves it: a photo
# of two albums and a year's folder, one with an edited copy
export_in() {
	local i
	archive_new whole
	for i in 1 2 3; do printf '\xff\xd8\xff\xe0 photo %s' "$i" >"src/$i.jpg"; done
	python3 "$TESTS/takeout-parts.py" zip exports 20260902T040000Z <<-END
		1 Ezra/metadata.json = album Ezra
		1 Ezra/1.jpg = @src/1.jpg
		2 Ezra/1.jpg.supplemental-metadata.json = photo 1.jpg 1714559230 AF1 {"description":"one"}
		2 Trip/metadata.json = album Trip
		2 Trip/1.jpg = @src/1.jpg
		2 Trip/1.jpg.supplemental-metadata.json = photo 1.jpg 1714559230 AF1 {"description":"one"}
		2 Ezra/2.jpg = @src/2.jpg
		1 Ezra/2-edited.jpg = @src/3.jpg
		1 Ezra/2.jpg.supplemental-metadata.json = photo 2.jpg 1714559231 AF2 {}
		2 Photos from 2024/1.jpg = @src/1.jpg
		2 Photos from 2024/1.jpg.supplemental-metadata.json = photo 1.jpg 1714559230 AF1 {"description":"one"}
	END
	gp-list -C whole "takeout:$PWD/exports" | gp-index -C whole --new | gp-fetch -C whole |
		gp-hash -C whole >in
	same 3 "$(jq -r .sha256 in | sort -u | wc -l)"
	rm -r src exports
}

@test "gp-index --record of an export: any call or allocation may fail, killed anywhere, and each photo is stored" {
	long_only
	export_in
	start
	IN_ANY_ORDER=1
	sweep gp-index -C whole --record
	same 3 "$(cat whole/*/*.jpg | grep -ao photo | wc -l)"
	same "Ezra Trip" "$(sqlite3 whole/.gp/index.db 'SELECT title FROM album ORDER BY 1' | xargs)"
}

@test "gp-index --new: any call or allocation may fail, killed anywhere, and what is known keeps its second album" {
	long_only
	printf 'a new one' >src/new.jpg
	gp-list --album Zoo "dir:$PWD/src" | jq -c '.metadata.shown = "again"' >in
	start
	export GP_RUN=r2
	# what is in the index alone, no --rebuild brings back
	also() {
		sqlite3 whole/.gp/index.db "SELECT item.id FROM item JOIN item_album USING (item)
			JOIN album USING (album) WHERE title = 'Zoo' AND file IS NOT NULL" | sort >in.zoo
		jq -R -r 'fromjson? | .id' whole/.gp/runs/r2/known.ndjson 2>/dev/null | sort -u >in.list
		[ -z "$(comm -23 in.zoo in.list)" ] || echo "$1: an album that the run's records have not"
	}
	sweep gp-index -C whole --new
	same 4 "$(wc -l <in.zoo)"
	same new.jpg "$(jq -r .filename good)"
}
