#!/usr/bin/env bats
# gp-setup: by flags, and at a terminal; every answer is tried, and what is
# wrong changes nothing.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	cd "$BATS_TEST_TMPDIR" || return 1
	unset GP_ARCHIVE
	export XDG_CONFIG_HOME=$HOME/.config RCLONE_CONFIG=$PWD/rclone.conf
	: >rclone.conf
	mkdir usb camera
	for n in $(seq 25); do
		cp "$DATA/album/IMG_0001.jpg" "camera/$n.jpg"
		echo "$n" >>"camera/$n.jpg"
	done
	conf=$HOME/.config/gp/gp.conf
	# cron's table of whoever runs these tests is not touched
	mkdir bin
	printf '#!/bin/sh\n[ "$1" = -l ] && exec cat "%s/table"\ncat >"%s/new" && mv "%s/new" "%s/table"\n' \
		"$PWD" "$PWD" "$PWD" "$PWD" >bin/crontab
	chmod +x bin/crontab
	PATH=$PWD/bin:$PATH
	: >table
}

teardown() {
	tmux -L "gp-$$" kill-server 2>/dev/null || true
	common_teardown
}

@test "gp-setup: by flags, with a first backup; then one thing is changed" {
	echo "15 4 * * * something else" >table
	run -0 --separate-stderr gp-setup --yes -C "$PWD/photos" --source "dir:$PWD/camera" \
		--remote "$PWD/usb" --disc bd25 --label EZRA --schedule cron
	has "$stderr" "20 photos are in $PWD/photos"
	same "GP_ARCHIVE=$PWD/photos
GP_SOURCES=dir:$PWD/camera
GP_REMOTES=$PWD/usb
GP_DISC_CAPACITY=bd25
GP_DISC_LABEL=EZRA" "$(cat "$conf")"
	same 600 "$(stat -c %a "$conf")"
	same 2 "$(wc -l <table)"
	has "$(cat table)" "30 3 * * * "
	# what cron would run, does
	run -0 --separate-stderr sh -c "$(sed -n 's/^30 3 \* \* \* //p' table)"
	has "$output" "Total archive: 25 files"
	same "$output" "$(jq -r .sentence photos/.gp/runs/*/summary.json)"
	# the rest stays, comments and what is not asked for too
	printf '# mine\nGP_SCRUB_BUDGET=5%%\n' >>"$conf"
	run -0 --separate-stderr gp-setup --yes --no-first --label GRANDMA
	has "$stderr" "cron runs gp-backup once a quarter"
	has "$(cat "$conf")" "GP_DISC_LABEL=GRANDMA"
	has "$(cat "$conf")" "GP_SOURCES=dir:$PWD/camera"
	has "$(cat "$conf")" "# mine
GP_SCRUB_BUDGET=5%"
	same 2 "$(wc -l <table)"
	gp-doctor -c "$conf" archive index remotes
	run -0 --separate-stderr gp-setup --yes --no-first --schedule none
	has "$stderr" "cron does not run gp-backup any longer"
	same "15 4 * * * something else" "$(cat table)"
}

@test "gp-setup: a timer of systemd's, with blanks and percent signs in the names" {
	# the user's own systemd is not touched
	printf '#!/bin/sh\necho "$*" >>"%s/asked"\n' "$PWD" >bin/systemctl
	chmod +x bin/systemctl
	conf="$PWD/our conf 100%.conf"
	: >"$conf"
	run -0 --separate-stderr gp-setup -c "$conf" --yes --no-first -C "$PWD/our photos" --source "dir:$PWD/camera" \
		--schedule systemd
	unit=$HOME/.config/systemd/user/gp-backup.service
	has "$(cat "$unit")" "-c \"$PWD/our conf 100%%.conf\""
	has "$(cat "$unit")" "ReadWritePaths=-%h \"$PWD/our photos\""
	has "$(cat asked)" "--user enable --now gp-backup.timer"
	run -0 --separate-stderr gp-setup -c "$conf" --yes --no-first --source "dir:$PWD/usb"
	has "$stderr" "systemd runs gp-backup"
	run -0 --separate-stderr gp-setup -c "$conf" --yes --no-first --schedule cron
	has "$(cat asked)" "--user disable --now gp-backup.timer"
	has "$(cat table)" '100\%.conf'
	same "cron runs gp-backup once a quarter" "$(gp-setup -c "$conf" --yes --no-first 2>&1 | sed -n 's/^gp-setup: \(cron\)/\1/p')"
	same 1 "$(wc -l <table)"
}

@test "gp-setup: a wrong answer says why, and nothing is changed" {
	for flags in "-C /proc/x" "--source dir:/nowhere" "--source flickr:" "--takeout nosuch:x" \
		"--remote nosuch:x" "--notify someone" "--disc bd7" "--label ezra" "--schedule monthly" \
		"--delete-exports 0 --takeout $PWD/usb"; do
		# shellcheck disable=SC2086 # words
		run -2 gp-setup --yes -C "$PWD/photos" --source "dir:$PWD/camera" $flags
		has "$output" "nothing was changed"
		[ ! -e "$conf" ]
	done
	run -2 gp-setup --yes -C "$PWD/photos"
	has "$output" "Something must be backed up"
	run -2 gp-setup --yes -C "$PWD/photos" --source takeout:
	has "$output" "takeout: where do the exports arrive?"
	[ ! -e "$conf" ]
	run -2 gp-setup </dev/null
	has "$output" "there is nobody to ask here; use --yes and flags"
	run -2 gp-setup --colour blue
	has "$output" "unknown option --colour"
}

# type TEXT: at the terminal, when the question with the words WAIT is there
answer() {
	wait_for asked "$1"
	tmux -L "gp-$$" send-keys -t gp -l "$2"
	tmux -L "gp-$$" send-keys -t gp Enter
}

# wait_for_count N TEXT: until it stands there so many times
wait_for_count() {
	wait_for counted "$1" "$2"
}

counted() {
	[ "$(tmux -L "gp-$$" capture-pane -p -J -S -500 -t gp | grep -cF "$2")" -ge "$1" ]
}

asked() {
	tmux -L "gp-$$" capture-pane -p -J -S -500 -t gp | tr -d '\n' | grep -qF "$1"
}

@test "gp-setup: at a terminal, a wrong answer is asked for again" {
	tmux -L "gp-$$" new-session -d -s gp -x 150 -y 50 "$(command -v bash)" 3>&- 4>&-
	tmux -L "gp-$$" send-keys -t gp "export PATH='$PATH' HOME='$HOME' XDG_CONFIG_HOME='$XDG_CONFIG_HOME' RCLONE_CONFIG='$RCLONE_CONFIG'; cd '$PWD'; clear; gp-setup; echo ended: \$?" Enter
	answer "Where shall the archive be" "here"
	answer "The folder's whole path is needed" "$PWD/photos"
	answer "Where do Takeout exports arrive" "config"
	# rclone's own questions
	answer "Quit config" "n"
	answer "name>" "exports"
	answer "Storage>" "alias"
	answer "remote>" "$PWD/usb"
	answer "y/e/d>" "y"
	answer "e/n/d/r/c/s/q>" "q"
	wait_for_count 2 "Where do Takeout exports arrive"
	answer "Where do Takeout exports arrive" "exports:"
	answer "Only this album" "Ezra"
	answer "how many proved copies" "2"
	answer "What else is backed up" "dir:$PWD/camera"
	answer "Where do copies go" ""
	answer "Who is told" ""
	answer "Which discs" "bd26"
	answer "must be bd25" "bd50"
	answer "labels begin with" "EZRA"
	answer "Who runs it" "none"
	wait_for asked "ended: 0"
	same "GP_ARCHIVE=$PWD/photos
GP_SOURCES=dir:$PWD/camera
GP_TAKEOUT_REMOTE=exports:
GP_ALBUMS=Ezra
GP_TAKEOUT_DELETE_AFTER=2
GP_DISC_CAPACITY=bd50
GP_DISC_LABEL=EZRA" "$(cat "$conf")"
}
