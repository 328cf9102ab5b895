#!/usr/bin/env bats
# Pages, --help and completion say the same, and what the pages show works.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

TOOLS="gp-auth gp-fetch gp-hash gp-index gp-list gp-pack"
PIPELINES=$(cd "$TESTS/../pipelines" && ls gp gp-* | grep -vx gp-demo)
PROGRAMS="$TOOLS $PIPELINES"
MAN=$TESTS/../man

setup_file() {
	google_start
}

teardown_file() {
	google_stop
}

setup() {
	common_setup
	PATH=$PATH:$TESTS/../pipelines
	cd "$BATS_TEST_TMPDIR" || return 1
}

options_of_help() {
	"$1" --help | grep -oE -- '(^|[ [|])--?[a-zA-Z][a-z-]*' |
		grep -oE -- '--?[a-zA-Z][a-z-]*$' | sort -u
}

# From the mdoc source: Fl -long and Fl x, of .It and .Op lines
options_of_page() {
	grep -oE '(\.|[ ])Fl -?[a-zA-Z][a-z-]*( [|,] -[a-z-]+)*' "$MAN/$1.1" |
		sed -E 's/^.*Fl //; s/ [|,] /\n/g' | sed 's/^/-/' | sort -u
}

options_of_completion() {
	bash -c '. "$1"; _gp_words "$2"' _ "$TESTS/../contrib/completion/gp.bash" "$1" |
		tr ' ' '\n' | grep '^-' | sort -u
}

@test "man: every program has a page, and every page a program" {
	for tool in $PROGRAMS; do
		[ -f "$MAN/$tool.1" ]
	done
	# shellcheck disable=SC2086 # words
	same "$(printf '%s.1\n' $PROGRAMS | sort)" "$(cd "$MAN" && ls -- *.1 | sort)"
	for tool in "$GP_BIN"/gp-*; do
		[ -f "$MAN/$(basename "$tool").1" ]
	done
}

@test "man: --help, page and completion have the same options" {
	for tool in $PROGRAMS; do
		same "$(options_of_help "$tool")" "$(options_of_page "$tool")" "$tool: help and page"
		same "$(options_of_help "$tool")" "$(options_of_completion "$tool")" "$tool: help and completion"
	done
}

@test "man: every option that --help names is one, and no other" {
	for tool in $PROGRAMS; do
		for option in $(options_of_help "$tool"); do
			case $option in --help | --version) continue ;; esac
			# that it is refused for the other, or takes that for its value
			run --separate-stderr "$tool" "$option" --no-such-option </dev/null
			has_not "$stderr" "unknown option $option"
		done
		run -2 --separate-stderr "$tool" --no-such-option </dev/null
		has "$stderr" "unknown option --no-such-option"
		same "" "$output"
	done
}

@test "man: sections are complete and in order" {
	for page in "$MAN"/*.1; do
		same "NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES? EXIT STATUS EXAMPLES SEE ALSO" \
			"$(sed -n 's/^\.Sh //p' "$page" | grep -v '^FILES$' | paste -sd ' ' |
				sed 's/ENVIRONMENT /ENVIRONMENT FILES? /')" "$page"
	done
}

@test "man: every variable that the programs read is on a page" {
	# GP_BACKOFF_MS is for tests
	used=$(grep -rhoE '"GP_[A-Z_]+"' "$TESTS/../src" | tr -d '"' | sort -u |
		grep -vxE 'GP_VERSION|GP_BACKOFF_MS')
	[ -n "$used" ]
	for name in $used; do
		grep -qE "\.(It )?Ev .*$name" "$MAN"/*.1 || fail "$name is on no page"
	done
}

@test "man: cross references lead to pages of ours or of Debian's tools" {
	sed -nE 's/^\.Xr ([^ ]+) ([0-9]).*/\1.\2/p' "$MAN"/*.[157] | sort -u |
		grep '^gp' >references
	while read -r page; do
		[ -f "$MAN/$page" ] || fail "$page"
	done <references
}

@test "completion: options, sources, folders and files" {
	mkdir -p photos
	cat >complete.sh <<-'END'
		. "$1"
		COMP_WORDS=("$2" "$3" "$4") COMP_CWORD=2
		_gp "$2" "$4" "$3"
		printf '%s\n' "${COMPREPLY[@]}"
	END
	file=$TESTS/../contrib/completion/gp.bash
	same "--missing-from" "$(bash complete.sh "$file" gp-index --export --mis)"
	same "picker: picker:new" "$(bash complete.sh "$file" gp-list --albums pi | xargs)"
	same "photos" "$(bash complete.sh "$file" gp-fetch -C ph)"
	same "photos" "$(bash complete.sh "$file" gp-list : ph)"
	# as readline has them: gp-list picker : n
	sed 's/^COMP_WORDS.*/COMP_WORDS=("$2" "${@:3}") COMP_CWORD=$(($# - 2))/; s/^_gp .*/_gp "$2" "${!#}" "${@:$#-1:1}"/' complete.sh >words.sh
	same "new" "$(bash words.sh "$file" gp-list picker :)"
	same "new" "$(bash words.sh "$file" gp-list --album Ezra picker : ne)"
	same "photos" "$(bash words.sh "$file" gp-list dir : ph)"
	same "" "$(bash complete.sh "$file" gp-fetch -j 4)"
}

# --- examples ----------------------------------------------------------------

# Example N of PAGE as a script. Lines with "$ " begin a command.
example() {
	awk -v want="$2" '
		/^\.Sh/ { on = ($2 == "EXAMPLES") }
		on && /^\.Bd -literal/ { n++; inside = (n == want); next }
		/^\.Ed/ { inside = 0 }
		inside { sub(/^\$ /, ""); gsub(/\\e/, "\\"); print }' "$MAN/$1"
}

examples_in() {
	awk '/^\.Sh/ { on = ($2 == "EXAMPLES") }
		on && /^\.Bd -literal/ { n++ }
		END { print n + 0 }' "$MAN/$1"
}

# What the examples take for granted: a folder of photos, a Takeout export, an
# album of that name, a sign-in, a client's file.
examples_setup() {
	rm -rf work
	archive_new
	mkdir -p work/photos
	cp "$DATA"/album/* work/photos/
	python3 "$TESTS/takeout-parts.py" zip work/exports 20260301T040000Z \
		<<<'1 Ezra/IMG_1.jpg = a photo'
	google_reset
	google_set consent=allow polls=1 # the person says yes, and picks
	cp "$GOOGLE_DIR/client_secret.json" work/
}

# A browser in which the person says yes.
person() {
	mkdir -p tools
	cat >tools/xdg-open <<-'END'
		#!/bin/sh
		exec curl -sL --cacert "$GP_CA_FILE" "$1"
	END
	chmod +x tools/xdg-open
	PATH=$PWD/tools:$PATH
	export DISPLAY=:7
	unset GP_TOKEN_CMD # gp-auth hands out the tokens
}

stored() {
	gp-list --album Ezra dir:work/photos | gp-index --new | gp-fetch |
		gp-hash | gp-index --record >/dev/null
}

signed_in() {
	(cd work && gp-auth login --client client_secret.json) </dev/null
}

run_examples() {
	local page=$1 n count
	count=$(examples_in "$page")
	[ "$count" -gt 0 ] || fail "$page has no example"
	for ((n = 1; n <= count; n++)); do
		examples_setup
		[ "$n" -eq 1 ] || [ "$page" != gp-auth.1 ] || signed_in
		[ "$n" -lt 3 ] || [ "$page" != gp-index.1 ] || stored
		[ "$page" != gp-pack.1 ] || stored
		example "$page" "$n" >script
		[ -s script ] || fail "example $n of $page is empty"
		(cd work && timeout "$PATIENCE" bash -eu ../script) >out 2>err </dev/null || {
			echo "example $n of $page failed:" >&2
			cat script out err >&2
			return 1
		}
	done
}

@test "man: the examples of gp-auth(1) work" {
	person
	run_examples gp-auth.1
}

@test "man: the examples of gp-fetch(1) work" {
	run_examples gp-fetch.1
}

@test "man: the examples of gp-hash(1) work" {
	run_examples gp-hash.1
}

@test "man: the examples of gp-index(1) work" {
	run_examples gp-index.1
}

@test "man: the examples of gp-list(1) work" {
	run_examples gp-list.1
}

@test "man: the examples of gp(7) work" {
	run_examples gp.7
}

@test "man: the examples of gp-index(5) work" {
	run_examples gp-index.5
}

@test "man: the examples of gp-record(5) work" {
	run_examples gp-record.5
}

@test "man: the examples of gp-pack(1) work" {
	run_examples gp-pack.1
}
