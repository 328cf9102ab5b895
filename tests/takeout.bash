# What the tests of exports share: exports are made in the folder in/.
# shellcheck shell=bash

# parts KIND [STAMP] [DIR]: an export of zip, tgz or tree in DIR, of the time STAMP
# (else $STAMP, if a file has one); what is in it stands on standard input, as
# takeout-parts.py says
parts() {
	python3 "$TESTS/takeout-parts.py" "$1" "${3:-in}" "${2:-${STAMP:-20260301T040000Z}}"
}

# listed STATUS [ARGUMENT...]: lists in/ into the file list, stderr into said
listed() {
	local status=0
	gp-list "${@:2}" takeout:in >list 2>said || status=$?
	same "$1" "$status" "exit status" || { cat said; return 1; }
}

# balance: "members = listed + repeats + sidecars + album files + left out"
balance() {
	sed -nE 's/.*: ([0-9]+) members = ([0-9]+) listed \+ ([0-9]+) repeats \+ ([0-9]+) sidecars \+ ([0-9]+) album files \+ ([0-9]+) left out.*/\1 = \2 + \3 + \4 + \5 + \6/p' said
}
