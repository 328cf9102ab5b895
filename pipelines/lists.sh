# What the lists of sums say beside the index: SHA256SUMS of the archive's folders, and
# a remote's own. Source it after copies.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# a line "FOLDER<TAB>SHA256  NAME" in two, for awk; odd() tells those that are none of gp's
# shellcheck disable=SC2016 # awk's
LINE_AWK='
	function odd() {
		sha256 = substr($2, 1, 64); name = substr($2, 67); at = $1 "/" name
		return NF != 2 || sha256 ~ /[^0-9a-f]/ || substr($2, 65, 2) != "  " || name == "" ||
			name ~ /^[.]|[\/\\[:cntrl:]]/
	}'

# list_folders: $work/folders, "FOLDER" of each SHA256SUMS that says all that the
# index does, and of what the index does not know whatever it says; $work/owed,
# "PATH<TAB>SHA256" of the files that are known to a list alone; $work/doubted, the
# same of those that the index has with another sum. Other lists are named, and
# $worst raised. Where another run stores meanwhile, it writes the
# list at its end, and sends it then.
list_folders() {
	local folder
	awk -F "$TAB" '{ n = index($1, "/"); print substr($1, 1, n - 1) "\t" $4 "  " substr($1, n + 1) }' \
		"$work/files" | sort >"$work/lines"
	cut -f1 "$work/lines" | uniq >"$work/folders.index"
	list_lines
	owed_still
	cut -d/ -f1 "$work/owed" | sort -u - "$work/folders.index" >"$work/folders.all"
	sort -u "$work/folders.lack" "$work/folders.odd" "$work/folders.moved" |
		comm -23 "$work/folders.all" - >"$work/folders"
	comm -12 "$work/folders.index" "$work/folders.odd" | sort -u - "$work/folders.lack" >"$work/folders.other"
	[ ! -s "$work/lines.err" ] || {
		cat "$work/lines.err" >&2
		worst=1
	}
	[ -s "$work/folders.other" ] && ! runs_others || return 0
	while IFS= read -r folder; do
		say "$GP_ARCHIVE/$folder/SHA256SUMS is not what the index says, or can't be read: gp-index --check says where"
		worst=1
	done <"$work/folders.other"
}

# folders_listed: the folders of the archive that have a list, sorted
folders_listed() {
	local list
	(cd "$GP_ARCHIVE" && for list in */SHA256SUMS; do
		case $list in
		burn/* | archived/* | *[[:cntrl:]]*) continue ;;
		esac
		litter_is "${list%/*}" || [ -L "${list%/*}" ] || [ ! -f "$list" ] || printf '%s\n' "${list%/*}"
	done) | sort
}

# list_lines: what the lists say beside the index: $work/folders.lack, where a
# line of the index is not in the list; $work/folders.odd, where one is none of
# gp's, or is to go; $work/owed, $work/doubted. A line whose bytes are known under
# another name owes nothing.
list_lines() {
	folders_listed >"$work/folders.listed"
	lines_below "$GP_ARCHIVE" <"$work/folders.listed" >"$work/listed" 2>"$work/lines.err"
	comm -23 "$work/lines" "$work/listed" | cut -f1 | sort -u >"$work/folders.lack"
	comm -13 "$work/lines" "$work/listed" | awk -F "$TAB" "$LINE_AWK"'
		FILENAME == ARGV[1] { path[$1]; sum[$4]; next }
		odd() || (at in path && sha256 in sum) { print "odd\t" $1; next }
		!(sha256 in sum) { print (at in path ? "doubted" : "owed") "\t" at "\t" sha256 }' "$work/files" - >"$work/beside"
	sed -n "s/^odd$TAB//p" "$work/beside" | sort -u >"$work/folders.odd"
	sed -n "s/^owed$TAB//p" "$work/beside" | sort -u -t "$TAB" -k1,1 -k2 >"$work/owed"
	sed -n "s/^doubted$TAB//p" "$work/beside" | sort -u >"$work/doubted"
}

# owed_still: takes out of $work/owed what a run has stored since the index was
# read; $work/folders.moved, its folders
owed_still() {
	: >"$work/folders.moved"
	[ -s "$work/owed" ] || return 0
	gp-index --export | jq -r .path | sort >"$work/paths" || die 2 "the index can't be read: nothing was done"
	join -t "$TAB" -j1 -o 0 "$work/owed" "$work/paths" | cut -d/ -f1 | sort -u >"$work/folders.moved"
	join -t "$TAB" -v1 -j1 "$work/owed" "$work/paths" >"$work/owed.still"
	mv "$work/owed.still" "$work/owed"
}

# tell_doubted: what no run can decide, until a person has; raises $worst
tell_doubted() {
	[ -s "$work/doubted" ] || return 0
	some <(cut -f1 "$work/doubted") "SHA256SUMS has another sum of these than the index, and which is right gp can't tell: look at each; where it is good: gp-index --accept PATH REASON; where not, gp-scrub --heal nas brings what SHA256SUMS names, if a copy has it"
	worst=1
}

# owed_records < PATH<TAB>SHA256: as records
owed_records() {
	# shellcheck disable=SC2016 # jq's
	jq_any -Rc 'split("\t") as [$path, $sum] |
		{id: $sum, filename: ($path | split("/")[1]), path: $path, sha256: $sum, owed: true}'
}

# lines_below ROOT < FOLDERS: "FOLDER<TAB>LINE" of their lists, sorted. What can't be read
# is said on stderr, and no failure.
lines_below() {
	(cd "$1" && sed 's|.*|./&/SHA256SUMS|' | { xargs -d '\n' -r grep -aHZ '' || [ $? -eq 123 ]; }) |
		tr '\0' "$TAB" | sed "s|^[.]/\([^$TAB]*\)/SHA256SUMS$TAB|\1$TAB|" | sort
}

# --- a remote's own lists -----------------------------------------------------

# settled_read: $work/stored, empty, for what healing stores; $work/accepted, "PATH<TAB>SHA256" of what a person has settled as lost
# (gp-index --accept)
settled_read() {
	gp-index --stats --full >"$work/stats" || die 2 "the index can't be read: nothing was done"
	jq -r '.settled[] | "\(.path)\t\(.sha256)"' "$work/stats" | sort -u >"$work/accepted"
	: >"$work/stored"
}

# lists_fetch REMOTE: $at/lists/FOLDER/SHA256SUMS of what $at/there has of the lists of
# the archive's folders; $at/lists.unread, the folders of those that can't be read, each
# said. Returns 1 where the remote does not answer.
lists_fetch() {
	local folder
	rm -rf "$at/lists"
	mkdir "$at/lists" || return
	: >"$at/lists.unread"
	sed 's|$|/SHA256SUMS|' "$work/folders.all" | sort | comm -12 - <(cut -f2- "$at/there" | sort) >"$at/lists.names" || return
	[ -s "$at/lists.names" ] || return 0
	rc_watched "$at/lists.log" "$1: reading its lists of sums" copy --ignore-checksum ${limit_flag:+"$limit_flag"} \
		--files-from-raw "$at/lists.names" "$1" "$at/lists" 2>"$at/err" || remote_reach "$1" || return 1
	(cd "$at/lists" && find . -type f -printf '%P\n') | sort | comm -13 - "$at/lists.names" |
		sed 's|/SHA256SUMS$||' | sort >"$at/lists.unread" || return
	if [ -s "$at/lists.unread" ] && no_room "$at/lists.log"; then
		say "${TMPDIR:-/tmp}: no space left for the lists of sums of $1: make room, then run this again"
		return 1
	fi
	while IFS= read -r folder; do
		say "$1: $folder/SHA256SUMS can't be read there, and nothing is written over in that folder: mend it, or where it is lost: rclone deletefile $(printf %q "$(remote_join "$1" "$folder/SHA256SUMS")")"
		worst=1
	done <"$at/lists.unread"
}

# lists_doubt PROVED: $at/doubts, "PATH<TAB>SHA256" of what the lists of lists_fetch
# name, is there, is none of the PROVED (sorted paths), and whose bytes neither the
# index knows nor a person has settled: the archive may be the one that is wrong.
# $at/lists.odd, the folders whose lists there have lines that are none of gp's.
lists_doubt() {
	cut -f2- "$at/there" | sort | comm -23 - "$1" >"$at/unproved.there"
	# as they are now: another run may have sent what it stored since the index was read
	lines_below "$GP_ARCHIVE" <"$work/folders.all" >"$at/listed" 2>"$at/err"
	sed 's|/SHA256SUMS$||' "$at/lists.names" | sort | comm -23 - "$at/lists.unread" | lines_below "$at/lists" >"$at/listed.there"
	comm -23 "$at/listed.there" "$at/listed" | awk -F "$TAB" "$LINE_AWK"'
		FILENAME == ARGV[1] { known[$4]; next }
		FILENAME == ARGV[2] { unproved[$0]; next }
		FILENAME == ARGV[3] { settled[$0]; next }
		FILENAME == ARGV[4] { known[$2]; next }
		odd() { print "odd\t" $1; next }
		!(sha256 in known) && at in unproved && !(at "\t" sha256 in settled) { print "doubt\t" at "\t" sha256 }' \
		"$work/files" "$at/unproved.there" "$work/accepted" "$work/stored" - | sort -u >"$at/said"
	sed -n "s/^doubt$TAB//p" "$at/said" >"$at/doubts"
	sed -n "s/^odd$TAB//p" "$at/said" >"$at/lists.odd"
}
