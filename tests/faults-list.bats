#!/usr/bin/env bats
# The n-th call or allocation fails, for the two that stand before the archive:
# gp-list, and gp-auth as it renews a token. Each with tests/run --long, a few
# without. (strace and sanitizers don't go together.)
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load faults

# (not fcntl: what libcurl asks of it can't fail, and it does not look)
CALLS="write:ENOSPC write:EIO pwrite64:ENOSPC fsync:EIO fdatasync:EIO rename:EIO
	renameat:EIO renameat2:EIO unlink:EIO unlinkat:EIO mkdir:ENOSPC mkdirat:ENOSPC
	openat:EMFILE openat:EACCES ftruncate:EIO read:EIO pread64:EIO flock:ENOLCK
	fstat:EIO getdents64:EIO statx:EIO newfstatat:EIO socket:EMFILE
	connect:ENETUNREACH recvfrom:ECONNRESET sendto:EPIPE poll:ENOMEM pipe2:EMFILE
	getrandom:EIO"
SPREAD=2 # of each call and error
MEMORY=8
if [ -n "${GP_LONG:-}" ]; then
	SPREAD=12
	MEMORY=80
fi

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	cc -shared -fPIC -o nomem.so "$TESTS/faults/nomem.c"
}

# What the sweeps call between two runs; a test that needs one has its own.
again() {
	:
}

# said WHAT STATUS: what is wrong with any end
said() {
	if [ "$2" -eq 124 ] || [ "$2" -ge 128 ]; then
		echo "$1: hung or died: $2"
	elif [ "$2" -ne 0 ] && [ ! -s err ]; then
		echo "$1: exit $2 without a word"
	fi
}

# judge_list WHAT STATUS: what is wrong with the list in out
judge_list() {
	said "$@"
	# who reads on is told of a line without an end
	[ -z "$(tail -c 1 out)" ] || sed -i '$d' out
	if ! jq -c '[.id, .filename, .size, .error]' <out >got; then
		echo "$1: half records"
	elif [ "$2" -eq 0 ] && ! diff got <(jq -c '[.id, .filename, .size, .error]' good); then
		echo "$1: exit 0, but another list"
	fi
}

# sweep JUDGE COMMAND...: system calls fail, then allocations
sweep() {
	local judge=$1 spec call error n count status total=0
	shift
	again
	strace -qq -f -o calls "$@" >good 2>err
	for spec in $CALLS; do
		call=${spec%:*} error=${spec#*:}
		count=$(awk -v call="$call" 'index($2, call "(") == 1 && ++n[$1] > max { max = n[$1] }
			END { print max + 0 }' calls)
		for n in $(spread "$count" "$SPREAD"); do
			again
			status=0
			timeout "$PATIENCE" strace -qq -f -o trace -e trace="$call" \
				-e inject="$call:error=$error:when=$n" "$@" >out 2>err || status=$?
			grep -q INJECTED trace || continue
			# what could not even be loaded or said is the system's
			if grep -q 'error while loading shared libraries' err ||
				grep -q 'write(2,.*INJECTED' trace; then
				continue
			fi
			total=$((total + 1))
			"$judge" "$call number $n gives $error" "$status" >>bad
		done
	done
	again
	NOMEM_COUNT=$PWD/count LD_PRELOAD=$PWD/nomem.so "$@" >out 2>err
	for n in $(spread "$(cat count)" "$MEMORY"); do
		again
		short_of_memory "$n" "$@" || continue
		total=$((total + 1))
		"$judge" "allocation $n of $(cat count)" "$status" >>bad
	done
	echo "# ${1##*/}: $total faults" >&3
	[ ! -s bad ] || fail "$(cat bad)"
	[ "$total" -gt 20 ]
}

@test "gp-list library: any call or allocation may fail" {
	google_set page_size=3
	sweep judge_list gp-list "album:Ezra Backup"
}

@test "gp-list dir: any call or allocation may fail" {
	long_only
	sweep judge_list gp-list "dir:$DATA/album"
}

@test "gp-list picker: any call or allocation may fail, and the picking is not lost" {
	long_only
	google_set polls=1
	again() {
		archive_new
	}
	# whatever happened: what was picked is listed by the next run
	picked() {
		judge_list "$@"
		gp-list --album Ezra picker: >next 2>err || echo "$1: the next run fails: $(cat err)"
		[ "$(wc -l <next)" -eq "$(wc -l <good)" ] || echo "$1: the next run lists another number"
	}
	sweep picked gp-list --album Ezra picker:
}

@test "gp-list takeout: any call or allocation may fail, and the next run lists all" {
	python3 "$TESTS/takeout-parts.py" zip in 20260101T040000Z <<-END
		1 Ezra/metadata.json = album Ezra
		1 Ezra/IMG_0001.jpg = @$DATA/album/IMG_0001.jpg
		2 Ezra/IMG_0001.jpg.json = photo IMG_0001.jpg 1577836800 A
		2 Photos from 2024/IMG_0003.heic = @$DATA/album/IMG_0003.heic
	END
	python3 "$TESTS/takeout-parts.py" tgz in 20260301T040000Z <<-END
		1 Photos from 2020/IMG_0001.jpg = @$DATA/more/IMG_0008.jpg
		2 Photos from 2020/IMG_0001.jpg.json = photo IMG_0001.jpg 1577836800 A
		2 Ezra/IMG_0002.jpg = @$DATA/album/IMG_0002.jpg
	END
	again() {
		archive_new
	}
	kept() {
		judge_list "$@"
		gp-list takeout:in >next 2>err || echo "$1: the next run fails: $(cat err)"
		diff good next || echo "$1: the next run has another list"
	}
	sweep kept gp-list takeout:in
}

@test "gp-auth token: any call or allocation may fail as it renews, and the sign-in stays" {
	long_only
	local kept=$HOME/.config/gp/default.token.json
	google_sign_in old
	again() {
		rm -rf "$HOME/.config/gp"
		install -d -m 700 "$HOME/.config/gp"
		install -m 600 old "$kept"
	}
	renewed() {
		said "$@"
		[ "$2" -ne 0 ] || same "$(jq -r .access_token "$kept")" "$(cat out)" "$1" 2>&1
		[ ! -s out ] || [ "$2" -eq 0 ] || echo "$1: a token, and exit $2"
		gp-auth token >next 2>err || echo "$1: the next token fails: $(cat err)"
		same "$(jq -r .access_token "$kept")" "$(cat next)" "$1" 2>&1
		same 'default.lock default.token.json' "$(cd "$HOME/.config/gp" && echo *)" "$1" 2>&1
		same 600 "$(stat -c %a "$kept")" "$1" 2>&1
	}
	sweep renewed gp-auth token
}
