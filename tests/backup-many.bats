#!/usr/bin/env bats
# gp-backup among others: several at once, several families, odd names, a
# person at a terminal who presses Ctrl-C.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load backup

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() { backup_setup; }

# slow TEXT: a gp-fetch that first does TEXT
slow() {
	mkdir -p bin
	printf '#!/bin/sh\n%s\nexec "%s/gp-fetch" "$@"\n' "$1" "$GP_BIN" >bin/gp-fetch
	chmod +x bin/gp-fetch
	PATH=$PWD/bin:$PATH
}

# terminal KEYS COMMAND...: runs it at a terminal and types KEYS once `started`
# is there ("hangup" closes the terminal); what it shows on stdout, its status
terminal() {
	timeout "$PATIENCE" "${REAL_CLOCK[@]}" python3 - "$@" 3>&- <<-'END'
		import os, pty, signal, sys, time
		keys, command = sys.argv[1], sys.argv[2:]
		pid, fd = pty.fork()
		if pid == 0:
		    # as at a login, also where these tests run in the background
		    signal.signal(signal.SIGINT, signal.SIG_DFL)
		    signal.signal(signal.SIGHUP, signal.SIG_DFL)
		    os.execvp(command[0], command)
		if keys:
		    while not os.path.exists("started"):
		        time.sleep(0.02)
		if keys == "hangup":
		    os.close(fd)
		else:
		    os.write(fd, keys.encode())
		    try:
		        while data := os.read(fd, 4096):
		            sys.stdout.buffer.write(data)
		    except OSError:
		        pass
		sys.stdout.flush()
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
}

# many N: N families' worth of runs at once on one index, and one remote
many() {
	local i pids=() status
	mkdir usb
	for ((i = 1; i <= $1; i++)); do
		mkdir "in$i"
		cp camera/IMG_0001.jpg "in$i/same.jpg"
		{ cat camera/IMG_0002.jpg; echo "$i"; } >"in$i/own.jpg"
		printf '%s\n' "GP_SOURCES=dir:$PWD/in$i" "GP_REMOTES=$PWD/usb" GP_SCRUB_BUDGET=100% >"$i.conf"
	done
	for ((i = 1; i <= $1; i++)); do
		gp-backup -c "$i.conf" >"$i.out" 2>"$i.err" 3>&- &
		pids+=($!)
	done
	for ((i = 1; i <= $1; i++)); do
		status=0
		wait "${pids[i - 1]}" || status=$?
		same 0 "$status" "run $i: $(cat "$i.err")" || return
		has "$(cat "$i.out")" "Total archive: " || return
	done
	same $(($1 + 1)) "$(gp-index --stats | jq .files)"
	same $(($1 + 1)) "$(gp-index --stats | jq ".copies[] | select(.copy == \"$PWD/usb\").files")"
	(cd usb/photos* && sha256sum -c --strict --quiet SHA256SUMS)
	gp-index --check
	same "$1" "$(find "$GP_ARCHIVE/.gp/runs" -name summary.json -exec jq -r .state {} + | grep -c '^ok$')"
}

@test "gp-backup: four at once on one index: each finishes, all is copied" {
	long_only
	many 4
}

@test "gp-backup: twelve at once on one index" {
	long_only
	many 12
}

@test "gp-backup: another run has the copies: it waits; what it can't wait for is said" {
	long_only
	mkdir usb
	printf 'GP_REMOTES=%s\n' "$PWD/usb" >gp.conf
	mkdir -p "$GP_ARCHIVE/.gp"
	exec {lock}>"$GP_ARCHIVE/.gp/copies.lock"
	flock "$lock"
	printf '20260101T000000Z-%s\n' $$ >"$GP_ARCHIVE/.gp/copies.lock"
	GP_LOCK_WAIT=1 run -1 --separate-stderr gp-backup -c gp.conf --skip drill dir:camera
	has "$stderr" "run 20260101T000000Z-$$, process $$"
	has "$stderr" "still at work after 1 seconds: this is left to the next run"
	has "$output" "Total archive: $files files"
	same warning "$(summary .state)"
	# nothing is in the way of who only stores
	cp camera/IMG_0001.jpg camera/more.jpg
	echo >>camera/more.jpg
	run -0 gp-backup --only store dir:camera
	# and once the other has ended, this one goes on
	gp-backup -c gp.conf dir:camera >out 2>err {lock}>&- 3>&- &
	wait_for grep -q "waiting for it" err
	exec {lock}>&-
	wait $! || fail "$(cat err)"
	same $((files + 1)) "$(gp-index --stats | jq ".copies[] | select(.copy == \"$PWD/usb\").files")"
}

@test "gp-backup: two families, two configurations: nothing of one comes to the other" {
	long_only
	mkdir bin
	# a mail goes to a file of its address, a token is asked for by its account
	printf '#!/bin/sh\nfor to; do :; done\ncat >>"%s/mail.$to"\n' "$PWD" >bin/sendmail
	chmod +x bin/sendmail
	PATH=$PWD/bin:$PATH
	unset GP_ARCHIVE
	# shellcheck disable=SC2016 # for the tools
	export GP_TOKEN_CMD='echo "$GP_ACCOUNT" >>"$HOME/asked.$GP_ACCOUNT"; cat "$GOOGLE_DIR/token"'
	for who in mum dad; do
		mkdir "usb-$who" "in-$who"
		archive_new "archive-$who"
		{ cat camera/IMG_0001.jpg; echo "$who"; } >"in-$who/$who.jpg"
		printf '%s\n' "GP_ARCHIVE=$PWD/archive-$who" "GP_ACCOUNT=$who" \
			"GP_SOURCES=dir:$PWD/in-$who" "GP_SOURCES=album:Ezra Backup" GP_SOURCES=picker: \
			"GP_REMOTES=$PWD/usb-$who" "GP_NOTIFY=mail:$who@example.org" >"$who.conf"
	done
	google_set never=1
	gp-backup -c mum.conf >mum.out 2>&1 3>&- &
	run -3 gp-backup -c dad.conf
	status=0
	wait $! || status=$?
	same 3 "$status" "$(cat mum.out)"
	for pair in mum:dad dad:mum; do
		who=${pair%:*} other=${pair#*:}
		[ -e "$(echo "archive-$who"/photos-*/"$who.jpg")" ]
		[ -e "$(echo "usb-$who"/photos-*/"$who.jpg")" ]
		same "" "$(find "archive-$who" "usb-$who" -name "$other*")"
		same "$who" "$(sort -u "$HOME/asked.$who")"
		same "$who" "$(gp-index -C "archive-$who" --export | jq -r '.account // empty' | sort -u)"
		text=$(sed '1,/^$/d' "mail.$who@example.org" | base64 -d)
		has "$text" "signed in to Google ($who)"
		has_not "$text" "$other"
		run grep -rl "archive-$other\|usb-$other\|in-$other\|$other@\|($other)" "archive-$who/.gp/runs" "archive-$who/.gp/notify" "archive-$who/.gp/listings"
		same "" "$output"
	done
	[ "$(jq -r .pickerUri archive-mum/.gp/listings/picker-mum.json)" != "$(jq -r .pickerUri archive-dad/.gp/listings/picker-dad.json)" ]
}

# everything ARCHIVE REMOTE: all that runs by itself, on these names
everything() {
	export GP_ARCHIVE=$1
	archive_new
	mkdir -p "$2"
	printf '%s\n' "GP_ARCHIVE=$1" GP_SCRUB_BUDGET=100% GP_SAFE_COPIES=2 >"my own.conf"
	# a list is split at blanks: a remote with blanks gets a name of its own
	export RCLONE_CONFIG_ODD_TYPE=alias "RCLONE_CONFIG_ODD_REMOTE=$2"
	echo 'GP_REMOTES=odd:' >>"my own.conf"
	run -0 --separate-stderr gp-backup -c "my own.conf" dir:camera
	has "$output" "Total archive: $files files"
	same "store replicate scrub drill report" "$(summary '[.steps[].step] | join(" ")')"
	run -0 gp-report -c "my own.conf"
	has "$output" "$1: $files files"
	run -0 gp-report -c "my own.conf" --html
	run -0 gp-restore -c "my own.conf" --from odd: --to "back again"
	same "$files" "$(find "back again" -type f ! -name SHA256SUMS ! -path '*/.gp*' | wc -l)"
	run -0 gp-index --check
}

@test "an archive and a copy with blanks, quotes and worse in their names" {
	long_only
	everything "$PWD/it's \"our\" \$(touch owned) & album; é" "$PWD/a 'copy' of \"it\""
	[ ! -e owned ]
}

@test "an archive with a line end in its name is refused, clearly" {
	for tool in gp-backup gp-report gp-replicate gp-scrub gp-doctor; do
		GP_ARCHIVE=$'one\ntwo' run -2 "$tool"
		has "$output" "GP_ARCHIVE has a line end in it"
	done
	run -2 gp-backup -C $'one\ntwo' dir:camera
	has "$output" "GP_ARCHIVE has a line end in it"
	same "" "$(find . -name 'one*')"
}

@test "gp-backup: at a terminal it says how far it is; under cron nothing that goes well" {
	# nothing is fetched until that was said to who looks on; the other began before,
	# and would have said it by then
	slow_until gp-fetch 'grep -qs "gp-backup: store \.\.\." seen'
	archive_new other
	gp-backup -C other dir:camera >out 2>err 3>&- &
	wait_for test -e slow
	run -0 timeout "$PATIENCE" script -qefc "gp-backup dir:camera" seen
	has "$output" "gp-backup: store ..."
	has "$output" "Total archive: $files files"
	wait $!
	same "" "$(cat err)"
	has "$(cat out)" "Total archive: $files files"
}

# A gp-fetch that has its first record: then the index is there.
stuck="read -r first; echo \$\$ >pid; touch started; exec sleep $((PATIENCE * 5))"

# gone: nothing that was started is left, the locks are free, the next run does
# all of it
gone() {
	if [ -e "/proc/$(cat pid)" ]; then
		kill -9 "$(cat pid)"
		fail "gp-fetch is still there"
	fi
	for lock in "$GP_ARCHIVE"/.gp/*.lock; do flock -n "$lock" true || fail "$lock is held"; done
	same failed "$(summary .state)"
	rm -rf bin/gp-fetch
	hash -r
	run -0 gp-backup dir:camera
	has "$output" "Total archive: $files files"
}

@test "gp-backup: Ctrl-C at a terminal ends all of it, and it says so" {
	slow "$stuck"
	run -2 terminal $'\x03' gp-backup dir:camera
	has "$output" "it was ended by a signal (INT) before it was done"
	has "$output" "Total archive: 0 files"
	gone
}

@test "gp-backup: the terminal is closed, or it alone gets a signal: the same" {
	long_only
	slow "$stuck"
	run -2 terminal hangup gp-backup dir:camera
	gone
	rm -rf started
	archive_new
	slow "$stuck"
	gp-backup dir:camera >out 2>err 3>&- &
	wait_for test -e started
	kill -TERM $!
	status=0
	wait $! || status=$?
	same 2 "$status"
	has "$(cat err)" "ended by a signal (TERM)"
	gone
}

@test "gp-replicate: a list of sums that another run will write at its end is no failure" {
	long_only
	mkdir usb
	gp-backup dir:camera >/dev/null
	# what a run that is at work leaves until then
	sums=$(find "$GP_ARCHIVE" -name SHA256SUMS)
	cp "$sums" whole
	sed -i 1d "$sums"
	mkdir "$GP_ARCHIVE/.gp/runs/other"
	echo '{}' >"$GP_ARCHIVE/.gp/runs/other/begun.json"
	exec 8<"$GP_ARCHIVE/.gp/runs/other/begun.json"
	flock 8
	run -0 --separate-stderr gp-replicate "$PWD/usb" 8<&-
	same "" "$stderr"
	[ ! -e "usb/${sums#"$GP_ARCHIVE/"}" ]
	exec 8<&-
	run -1 --separate-stderr gp-replicate "$PWD/usb"
	has "$stderr" "SHA256SUMS is not what the index says"
}
