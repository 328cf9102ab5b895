# gp-scrub --heal: what lists of sums name and the index does not know, or contradicts.
# Source it after heal.sh.
# shellcheck shell=bash disable=SC2034,SC2154

# leave NAMES: of $at/bad what has a path in the file NAMES is left as it is, in $at/left
leave() {
	jq -Rn 'reduce inputs as $path ({}; .[$path] = true)' "$1" >"$at/names"
	jq -c --slurpfile names "$at/names" '.left = ($names[0][.path] // false)' "$at/bad" >"$at/parted"
	jq -c 'select(.left) | del(.left)' "$at/parted" >>"$at/left"
	jq -c 'select(.left | not) | del(.left)' "$at/parted" >"$at/bad"
}

# leave_doubted: a copy may have what the archive's own list names and the archive
# has not: it is not written over before that is settled, nor anything where a list
# can't be read
leave_doubted() {
	if [ -s "$work/lines.err" ]; then
		jq -r .path "$at/bad"
	else
		cut -f1 "$work/doubted"
		cut -f1 "$work/owed" | uniq -d
	fi >"$at/doubted"
	jq -r .path "$at/bad" | sort -u | comm -12 - <(sort -u "$at/doubted") >"$at/doubted.bad"
	[ -s "$at/doubted.bad" ] || return 0
	some "$at/doubted.bad" "$copy: left as they are until it is settled which bytes are right: gp-scrub --heal nas"
	leave "$at/doubted.bad"
}

# heal_unknown: what is in the archive as its list says is made known to the index,
# which other sums for the same name contradict from then on: to $work/doubted
heal_unknown() {
	jq -c 'select(.check == "unknown") | .was = .check | del(.check)' "$at/bad" >"$at/unknown"
	[ -s "$at/unknown" ] || return 0
	put_good "$GP_ARCHIVE" nas <"$at/unknown" >"$at/unknown.healed"
	[ ! -s "$at/unknown.healed" ] ||
		some <(jq -r .path "$at/unknown.healed") "nas: made known to the index, and proved"
	without "$at/unknown.healed" "$at/bad" >"$at/bad.left"
	mv "$at/bad.left" "$at/bad"
	jq -r '"\(.path)\t\(.sha256)"' "$at/unknown.healed" | sort >"$at/unknown.lines"
	join -t "$TAB" -j1 -o 1.1,1.2 "$work/owed" <(cut -f1 "$at/unknown.lines") |
		awk -F "$TAB" 'NR == FNR { known[$2] } NR > FNR && !($2 in known)' "$at/unknown.lines" - >>"$work/doubted"
}

# doubt_rivals: where lists name several sums of one file and one of them came into the
# index, the others are in doubt from then on: to $work/doubted
doubt_rivals() {
	cut -f1 "$work/owed" | uniq -d >"$at/rivals"
	[ -s "$at/rivals" ] || return 0
	gp-index --export | jq -r '"\(.path)\t\(.sha256)"' | sort >"$at/known" || record_judge 2
	join -t "$TAB" -j1 "$at/rivals" "$work/owed" | sort >"$at/rivals.lines"
	comm -23 "$at/rivals.lines" "$at/known" | join -t "$TAB" -j1 -o 1.1,1.2 - <(cut -f1 "$at/known" | sort -u) |
		sort -u - "$work/doubted" >"$at/doubted.now"
	mv "$at/doubted.now" "$work/doubted"
}

# heal_doubted FILE: the bytes that FILE says of paths, PATH<TAB>SHA256 out of the copy's
# list, and that the index does not know, are stored beside what it knows, where
# the copy or another has them; FILE, of what none has, or could not be stored, which
# $at/unstored has too
heal_doubted() {
	local source root batch
	[ -s "$1" ] || return 0
	sort -u -o "$1" "$1"
	: >"$at/stored.all"
	rm -rf "$at/beside"
	mkdir "$at/beside"
	owed_records <"$1" | jq -c '.check = "mismatch"' | split -l "$HEAL_BATCH" - "$at/beside/"
	for batch in "$at"/beside/*; do
		while IFS= read -r source <&3; do
			[ -s "$batch" ] || break
			root=$GP_ARCHIVE
			[ "$source" = nas ] || root=$GP_ARCHIVE/.gp/heal
			good_from "$source" "$root" "$batch" >"$at/good"
			store_beside "$source" "$root" "$batch"
			rm -rf "$GP_ARCHIVE/.gp/heal"
		done 3< <(printf '%s\n' "$copy" && sources)
	done
	sort "$at/stored.all" | comm -23 "$1" - >"$at/unfound"
	mv "$at/unfound" "$1"
	rm -rf "$at/beside"
}

# store_beside SOURCE ROOT FILE: the records of $at/good, each in its folder, under a
# name that is free; what is stored goes from FILE, and to $at/stored.all
store_beside() {
	local folder
	[ -s "$at/good" ] || return 0
	: >"$at/stored"
	while IFS= read -r folder <&4; do
		jq -c --arg root "$2" --arg folder "$folder" 'select(.path | split("/")[0] == $folder) | .listed = .path |
			.file = $root + "/" + .path | del(.path, .owed, .was, .check)' "$at/good" |
			gp-index --record --folder "$folder" >"$at/recorded" || record_judge $?
		jq -c 'select(.listed and .path and .error == null)' "$at/recorded" >>"$at/stored"
	done 4< <(jq -r '.path | split("/")[0]' "$at/good" | sort -u)
	[ ! -s "$at/stored" ] ||
		some <(jq -r '"\(.listed) (stored as \(.path))"' "$at/stored") "$copy: what its SHA256SUMS names of these came from $1, and is stored in the archive beside what the index has: look at both, they are kept"
	jq -r '"\(.listed)\t\(.sha256)"' "$at/stored" | tee -a "$work/stored" >>"$at/stored.all"
	jq -c --slurpfile stored <(jq -c .sha256 "$at/stored") 'select(.sha256 as $s | $stored | index($s) | not)' "$3" >"$at/good.left"
	jq -r .path "$at/good" | sort -u | comm -23 - <(jq -r .listed "$at/stored" | sort -u) >>"$at/unstored"
	mv "$at/good.left" "$3"
}

# heal_listed: what the remote's own lists name and the index does not know is stored
# here, before anything is written over there. The list of such a folder is left to
# gp-replicate, unless no copy has those bytes any more: then it is kept here, as is one
# with lines that are no sums. Where that
# can't be said, or done, what they name is left. $at/lists.left, "FOLDER/SHA256SUMS";
# $at/lists.unkept, where a list can't be kept.
heal_listed() {
	{
		jq -r --arg copy "$copy" 'select(.copies[$copy]) | .path' "$work/index"
		jq -r 'select(.check == "ok") | .path' "$at/checked"
	} | sort -u | comm -23 - <(jq -r .path "$at/bad" | sort -u) >"$at/proved"
	lists_doubt "$at/proved"
	leave_unread_lists
	[ ! -s "$at/lists.odd" ] || lists_aside <"$at/lists.odd"
	[ -s "$at/doubts" ] || return 0
	cp "$at/doubts" "$at/doubts.all"
	heal_doubted "$at/doubts"
	if [ -e "$at/unreachable" ]; then
		cp "$at/doubts" "$at/doubts.left"
	else
		# what can't be read, or stored, may be the last of it
		cut -f1 "$at/unreadable" | sort -u - "$at/unstored" | join -t "$TAB" -j1 - "$at/doubts" >"$at/doubts.left"
	fi
	{
		comm -23 "$at/doubts.all" "$at/doubts"
		cat "$at/doubts.left"
	} | cut -d/ -f1 | sed 's|$|/SHA256SUMS|' | sort -u - "$at/lists.left" >"$at/lists.all"
	mv "$at/lists.all" "$at/lists.left"
	leave_unfound
	comm -23 "$at/doubts" "$at/doubts.left" >"$at/doubts.lost"
	[ ! -s "$at/doubts.lost" ] || keep_lists
}

# leave_unread_lists: what lies in their folders; heal_extras leaves the lists
leave_unread_lists() {
	[ -s "$at/lists.unread" ] || return 0
	sed 's|$|/SHA256SUMS|' "$at/lists.unread" | sort >"$at/lists.left"
	jq -r .path "$at/bad" | awk -F / 'FILENAME == ARGV[1] { unread[$0]; next } $1 in unread' \
		"$at/lists.unread" - >"$at/unread.names"
	leave "$at/unread.names"
}

# unread_words: ", which can't be read in COPY and COPY" of $at/doubts.names, if any can't
unread_words() {
	local where
	where=$(sort "$at/unreadable" | join -t "$TAB" -j1 -o 1.2 - <(sort "$at/doubts.names") |
		sort -u | paste -sd ' ' | sed 's/ / and /g')
	[ -z "$where" ] || printf '%s' ", which can't be read in $where"
}

# leave_unfound: what may be there still is left as it is
leave_unfound() {
	[ -s "$at/doubts.left" ] || return 0
	worst=1
	cut -f1 "$at/doubts.left" >"$at/doubts.names"
	leave "$at/doubts.names"
	some "$at/doubts.names" "$copy: left as they are, for the bytes that its SHA256SUMS names of these could not be stored here, and a copy may have them$(unread_words)"
	say "    mend that and what the messages above say, then run this again; a copy that is gone for good is to be taken out of GP_REMOTES, a file there that is, to be removed"
}

# keep_lists: of bytes that no copy has any more the remote's list is all that is left
keep_lists() {
	some <(cut -f1 "$at/doubts.lost") "$copy: NO COPY HAS the bytes that its SHA256SUMS names of these"
	worst=1
	cut -d/ -f1 "$at/doubts.lost" | lists_aside
}

# lists_aside < FOLDERS: keeps the remote's lists of these here; where they can't be kept
# $at/lists.unkept is made
lists_aside() {
	local kept
	kept=$GP_ARCHIVE/.gp/quarantine/$(remote_slug "$copy")/$(date -u +%Y%m%dT%H%M%SZ)
	sort -u >"$at/aside"
	if mkdir -p "$kept" && (cd "$at/lists" && xargs -d '\n' cp -R -t "$kept" --) <"$at/aside" && sync -f "$kept"; then
		some <(sed 's|$|/SHA256SUMS|' "$at/aside") "$copy: its own lists of sums are kept in $kept"
	else
		say "$copy: its own lists of sums can't be kept in $kept: nothing was written over there; run this again when they can be"
		touch "$at/lists.unkept"
	fi
}
