#!/usr/bin/env bats
# A newcomer's path: every command that README.md and gp-tutorial(7) show, taken
# from them and typed in order in a clean home, to the first backup, restore and
# disc. Stood in for: Google, the cloud, the mail, the table of cron, the burner.
# NEWCOMER_INSTALLED=1: the programs are the system's (tests/chroot --package).
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

TUTORIAL=$TESTS/../man/gp-tutorial.7
README=$TESTS/../README.md

setup_file() {
	google_start
}

teardown_file() {
	google_stop
}

setup() {
	common_setup
	cd "$HOME" || return 1
	unset GP_ARCHIVE
	mkdir bin
	PATH=$HOME/bin:/usr/bin:/bin
	printf '#!/bin/sh\nexec "$@"\n' >bin/sudo
	chmod +x bin/sudo
}

teardown() {
	tmux -L "newcomer-$$" kill-server 2>/dev/null || true
	[ -z "${CLOUD_PID:-}" ] || kill "$CLOUD_PID" || true
	common_teardown
}

# --- what the documents show -------------------------------------------------

# tutorial SECTION...: the commands in them; all, without one. A line that ends
# in a pipe goes on with the next. PAGE is another page than the real one.
tutorial() {
	awk -v want="|$(IFS='|' && printf '%s' "$*")|" '
		/^\.Ss/ { on = (want == "||" || index(want, "|" substr($0, 5) "|")) }
		on && /^\$ / {
			line = substr($0, 3)
			while (line ~ /\|$/ && getline > 0)
				line = line $0
			gsub(/\\e/, "\\", line)
			print line
		}' "${PAGE:-$TUTORIAL}"
}

# answers: "question TAB answer" of what gp-setup asks
answers() {
	awk '/^\.It Dq / { question = substr($0, 8); next }
		question != "" { sub(/^\.Cm /, ""); print question "\t" $0; question = "" }' "${PAGE:-$TUTORIAL}"
}

# readme HEADING: the lines of the blocks of code from it to the next heading or
# paragraph with a bold beginning
readme() {
	awk -v want="$1" '/^#+ / || /^\*\*/ { on = (index($0, want) > 0) }
		on && /^ *```/ { code = !code; next }
		on && code { sub(/^   /, ""); print }' "$README"
}

# --- what stands in for the rest of the world --------------------------------

# the_world: a Drive with an export of eleven photos in it, a cloud behind the
# network, mail and cron
the_world() {
	local n=0 file
	mkdir -p world/cloud
	for file in "$DATA"/album/* "$DATA"/more/*; do
		n=$((n + 1))
		echo "1 Ezra/${file##*/} = @$file"
		echo "1 Ezra/${file##*/}.supplemental-metadata.json = photo ${file##*/} $((1714559230 + n)) AF1photo$n"
	done >world/spec
	[ "$n" -eq 11 ]
	echo "1 Ezra/metadata.json = album Ezra" >>world/spec
	python3 "$TESTS/takeout-parts.py" zip world/drive/Takeout "$(date -u +%Y%m%dT%H%M%SZ)" <world/spec
	printf '#!/bin/sh\ncat >>"$HOME/world/mail"\n' >bin/sendmail
	printf '#!/bin/sh\ncd "$HOME/world"\n[ "$1" = -l ] && exec cat table\ncat >new && mv new table\n' >bin/crontab
	chmod +x bin/sendmail bin/crontab
	: >world/table
	rclone --config /dev/null serve webdav --addr 127.0.0.1:0 world/cloud >world/cloud.log 2>&1 3>&- 4>&- &
	CLOUD_PID=$!
	wait_for grep -q 'started on' world/cloud.log
}

# The person's answers to rclone, which is asked whether it knows the types: the
# names are those that the page goes on with.
type_rclone_config() {
	printf 'q\n' | rclone config &&
		rclone help backend drive >/dev/null &&
		rclone help backend b2 >/dev/null &&
		rclone config create drive alias remote="$HOME/world/drive" &&
		rclone config create b2 webdav vendor=other \
			url="$(sed -n 's/.*started on \[*\(http[^],]*\).*/\1/p' world/cloud.log | head -n 1)"
}

screen() {
	tmux -L "newcomer-$$" capture-pane -p -J -S -200 -t gp | tr -d '\n' | grep -qF "$1"
}

# comes QUESTION: it is there, or what $INSTEAD is asked instead
comes() {
	screen "$1" || { [ -n "${INSTEAD:-}" ] && screen "$INSTEAD"; }
}

# gp-setup at a terminal, answered as the page says
type_gp_setup() {
	local question answer
	tmux -L "newcomer-$$" new-session -d -s gp -x 150 -y 50 /bin/bash 3>&- 4>&-
	tmux -L "newcomer-$$" send-keys -t gp "export PATH='$PATH' HOME='$HOME'; cd; clear; gp-setup; echo ended: \$?" Enter
	while IFS=$'\t' read -r question answer; do
		wait_for comes "$question"
		screen "$question" || {
			echo "it did not ask: $question"
			return 1
		}
		[ "$answer" = Return ] || tmux -L "newcomer-$$" send-keys -t gp -l "$answer"
		tmux -L "newcomer-$$" send-keys -t gp Enter
	done <<<"$(answers)"
	wait_for screen "ended: 0"
}

# type_in COMMAND: as the person does; a file is the burner
type_in() {
	case $1 in
	'rclone config') type_rclone_config ;;
	gp-setup) type_gp_setup ;;
	'gp disc burn') gp disc burn "stdio:$HOME/world/burner" ;;
	*) bash -euo pipefail -c "$1" ;;
	esac
}

# follow FILE: types each command of it, and keeps what they said in said/N.
# Status 1 is right only where the page says so: gp before there are three
# copies, and gp doctor, who has something to recommend.
follow() {
	local command n=0 status want
	mkdir -p said
	while IFS= read -r command; do
		n=$((n + 1)) status=0 want=0
		type_in "$command" >"said/$n" 2>&1 </dev/null || status=$?
		printf '%s\t%s\n' "$command" "said/$n" >>said/commands
		case $command in
		gp | 'gp report' | 'gp report --html') [ -e world/burner ] || want=1 ;;
		'gp doctor') want=1 ;;
		esac
		[ "$status" -eq "$want" ] || {
			printf 'the page says: %s\nit ends with status %s:\n' "$command" "$status" >&2
			cat "said/$n" >&2
			return 1
		}
	done <"$1"
	[ "$n" -gt 0 ]
}

# said COMMAND: what it said when it was typed last
said() {
	cat "$(awk -F '\t' -v c="$1" '$1 == c { f = $2 } END { print f }' said/commands)"
}

# installed: gp as the README says to build and install it, once for this file.
# What is built already is not built again.
installed() {
	local top=$BATS_FILE_TMPDIR/install
	[ -z "${NEWCOMER_INSTALLED:-}" ] || return 0
	PATH=$top/usr/bin:$PATH
	[ ! -d "$top" ] || return 0
	mkdir -p "$top/tree"
	cp -a "$TESTS"/../[!.]* "$top/tree/"
	rm -rf "$top"/tree/{build,bin,obj,share}
	cp -a "$GP_BIN" "$GP_BIN/../obj" "$GP_BIN/../share" "$top/tree/"
	readme "A real album" >"$top/steps"
	same "sudo bash tests/install-packages build run
make
sudo make install" "$(cat "$top/steps")"
	(cd "$top/tree" && PREFIX=$top/usr bash -eu ../steps) >"$top/log" 2>&1 || {
		cat "$top/log" >&2
		rm -rf "$top"
		return 1
	}
}

# --- the path ----------------------------------------------------------------

@test "newcomer: README: see it work: what demo.bats runs, and what runs this" {
	same "bash pipelines/gp-demo
bash tests/run" "$(readme "See it work")"
	grep -q 'bash "$tree/pipelines/gp-demo"' "$TESTS/demo.bats"
	bash -n "$TESTS/../pipelines/gp-demo"
	bash -n "$TESTS/run"
}

@test "newcomer: README: built, installed, picked, stored, restored" {
	installed
	google_set consent=allow polls=1 # the person says yes, and picks
	cp "$GOOGLE_DIR/client_secret.json" .
	# shellcheck disable=SC2016 # for the browser
	printf '#!/bin/sh\nexec curl -sL --cacert "$GP_CA_FILE" "$1"\n' >bin/xdg-open
	chmod +x bin/xdg-open
	export DISPLAY=:7
	unset GP_TOKEN_CMD
	readme "By picking" >steps
	[ "$(grep -c gp- steps)" -ge 4 ]
	timeout "$PATIENCE" bash -eu steps >said 2>&1 </dev/null || fail "$(cat steps said)"
	files=$(gp-index -C gp-archive --stats | jq .files)
	[ "$files" -gt 0 ]
	same "$files" "$(grep -c '"stored"' stored.ndjson)"
	same "$(cd gp-archive && cat ezra-backup-*/SHA256SUMS | cut -c 1-64 | sort)" \
		"$(cd restored && find ezra-backup-* -type f ! -name SHA256SUMS -exec sha256sum {} + | cut -c 1-64 | sort)"
}

@test "newcomer: gp-tutorial(7), typed from first to last" {
	long_only
	installed
	the_world
	tutorial >all
	tutorial Install >install.steps
	same 3 "$(wc -l <install.steps)"
	# those need apt, and are typed by tests/chroot --package
	tail -n +4 all >steps
	same "$(cat all)" "$(cat install.steps steps)"
	follow steps

	has "$(cat world/mail)" "To: you@example.org"
	has "$(cat world/table)" "gp-backup -c $HOME/.config/gp/gp.conf --if-due"
	# what the page says that one sees
	has "$(cat "$TUTORIAL")" "$(tail -n 1 < <(said gp-backup))"
	has "$(cat said/*)" "11 of 11 files have fewer than 3 copies"
	has "$(cat "$TUTORIAL")" "$(head -n 1 < <(said gp))"
	has "$(said gp)" "Is everything safe? Yes"
	has "$(said "gp doctor")" "gp-backup is scheduled"
	has_not "$(said "gp doctor")" "error "
	has "$(said "gp safe Ezra --count 11")" "What other people added"
	same 11 "$(said "cd ~/gp-archive/ezra-*/ && sha256sum -c SHA256SUMS" | grep -c ': OK$')"
	# the restored album, the restored photo, and the disc are the photos
	(cd restored/ezra-*/ && sha256sum -c --strict --quiet SHA256SUMS && [ "$(wc -l <SHA256SUMS)" -eq 11 ])
	cmp "$DATA/album/IMG_0001.jpg" "$(find found -name IMG_0001.jpg)"
	xorriso -osirrox on -indev stdio:world/burner -extract / disc >disc.log 2>&1
	chmod -R u+w disc
	(cd disc && sha256sum -c --strict --quiet manifest-sha256.txt && [ "$(wc -l <manifest-sha256.txt)" -eq 11 ])
	# the archive that was made by hand has the photo that was found
	same "gp-index -C ~/second --init" "$(tutorial "An archive by hand" | head -n 1)"
	has "$(said "gp-index -C ~/second --init")" "an archive now"
	(cd second/ezra-*/ && sha256sum -c --strict --quiet SHA256SUMS)
	cmp "$DATA/album/IMG_0001.jpg" second/ezra-*/IMG_0001.jpg
	# and what cron will run does
	run -0 --separate-stderr sh -c "$(sed -n 's/^30 3 \* \* \* //p' world/table)"
}

@test "newcomer: a wrong command in a document is found" {
	long_only
	PATH=$TESTS/../pipelines:$GP_BIN:$PATH
	the_world
	export PAGE=$HOME/page
	sed 's/^\$ rclone lsf drive:/$ rclone lsf drives:/' "$TUTORIAL" >page
	tutorial "Tell rclone about Drive and the cloud" >steps
	run -1 follow steps
	has "$output" "the page says: rclone lsf drives:"
	# a question that gp-setup does not ask
	sed 's/^\.It Dq Which discs/.It Dq Which tapes/' "$TUTORIAL" >page
	rm -rf said .config
	tutorial "Tell rclone about Drive and the cloud" "Tell gp what you want" >steps
	INSTEAD='Which discs' run -1 follow steps
	has "$output" "the page says: gp-setup"
	has "$(cat said/*)" "it did not ask: Which tapes"
}
