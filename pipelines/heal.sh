# gp-scrub --heal: brings bad and missing files of a copy back from a good one.
# Uses $copy, $at (what gp-scrub found), $work. Source it after lists.sh.
# shellcheck shell=bash disable=SC2034,SC2154

HEAL_BATCH=100 # files brought here at a time

# heal_copy: mends what $at/bad and $at/extras.bad name; what is left stays there
heal_copy() {
	local name
	[ -s "$at/bad" ] || [ -s "$at/extras.bad" ] || { [ "$copy" = nas ] && [ -s "$work/doubted" ]; } || return 0
	if [ "$copy" = nas ] && [ ! -s "$at/present" ] && [ -s "$work/files" ]; then
		say "nas: not one file of the index is in $GP_ARCHIVE: is it mounted? gp-restore brings back a whole archive"
		return 0
	fi
	[ "$copy" = nas ] || remote_lock "$copy" "nothing was mended" || return 0
	# what is fetched lies in one place, .gp/heal
	[ -n "$healing" ] || remote_lock healing "$copy: nothing was mended" || return 0
	healing=1
	for name in left unreadable unstored lists.left; do : >"$at/$name"; done
	if [ "$copy" = nas ]; then
		heal_unknown
		heal_doubted "$work/doubted"
	else
		lists_fetch "$copy" || {
			say "$copy: its lists of sums can't be read: nothing was written over there"
			return 0
		}
		heal_listed
		leave_doubted
	fi
	[ -e "$at/lists.unkept" ] || {
		heal_files
		heal_extras
	}
	[ "$copy" != nas ] || doubt_rivals
	cat "$at/left" >>"$at/bad"
}

# heal_files: all that $at/bad names, batch by batch
heal_files() {
	local batch
	[ -s "$at/bad" ] || return 0
	moved_find
	mkdir "$at/batches"
	split -l "$HEAL_BATCH" "$at/bad" "$at/batches/"
	for batch in "$at"/batches/*; do heal_batch "$batch"; done
	cat "$at"/batches/* >"$at/bad"
	rm -rf "$at/batches"
}

# sources: the copies that may have good bytes
sources() {
	printf '%s\n' nas "${GP_REMOTES_LIST[@]}" "${copies[@]}" |
		while IFS= read -r name; do remote_name "$name" && echo; done |
		awk -v copy="$copy" '$0 != copy && $0 != "" && !seen[$0]++'
}

# heal_batch FILE: records; those that could be mended are taken out of it. What
# one source has and the copy does not take, it takes from no other.
heal_batch() {
	local batch=$1 source root
	: >"$batch.stuck"
	heal_moved "$batch"
	while IFS= read -r source <&3; do
		[ -s "$batch" ] || break
		root=$GP_ARCHIVE
		[ "$source" = nas ] || root=$GP_ARCHIVE/.gp/heal
		good_from "$source" "$root" "$batch" >"$batch.good"
		[ ! -s "$batch.good" ] || {
			put_good "$root" "$source" <"$batch.good" >"$batch.healed"
			take_out "$batch"
		}
		rm -rf "$GP_ARCHIVE/.gp/heal"
	done 3< <(sources)
	[ ! -s "$batch" ] || no_good_copy "$batch"
	cat "$batch.stuck" >>"$batch"
	rm -f "$batch".*
}

# moved_find: $at/moved, "PATH<TAB>SHA256<TAB>OTHER" of what is bad and other folders of the
# archive have by their lists: somebody may have renamed one
moved_find() {
	jq -r '"\(.sha256)\t\(.path)"' "$at/bad" | sort >"$at/bad.sums"
	awk -F "$TAB" -v OFS="$TAB" '{ name = substr($2, 67) }
		name != "" && name !~ /^[.]|[\/\\[:cntrl:]]/ { print substr($2, 1, 64), $1 "/" name }' "$work/listed" |
		sort | join -t "$TAB" -j1 -o 1.2,1.1,2.2 "$at/bad.sums" - | awk -F "$TAB" '$1 != $3' | sort >"$at/moved"
}

# heal_moved FILE: from there
heal_moved() {
	local batch=$1 root=$GP_ARCHIVE/.gp/heal source='another folder of the archive' path sum other
	[ -s "$at/moved" ] || return 0
	jq -r .path "$batch" | sort -u | join -t "$TAB" -j1 -o 2.1,2.2,2.3 - "$at/moved" >"$batch.moved"
	rm -rf "$root"
	while IFS=$TAB read -r path sum other <&5; do
		[ -e "$root/$path" ] || copy_moved "$root/$path" "$sum" "$GP_ARCHIVE/$other"
	done 5<"$batch.moved"
	jq -c '.was = .check | del(.check)' "$batch" |
		gp-hash --check --root "$root" 2>"$at/err" | jq -c 'select(.check == "ok")' >"$batch.good" || true
	[ ! -s "$batch.good" ] || {
		put_good "$root" "$source" <"$batch.good" >"$batch.healed"
		take_out "$batch"
	}
	rm -rf "$root"
}

# copy_moved FILE SHA256 OTHER: makes FILE of OTHER, if it has that sum
copy_moved() {
	[ -f "$3" ] && [ ! -L "$3" ] || return 0
	if ! { mkdir -p "${1%/*}" && cp --preserve=timestamps --reflink=auto -- "$3" "$1"; } 2>"$at/copy.err"; then
		rm -f -- "$1"
		say "$3 can't be copied to $1: $(sed -n '$s/.*: //p' "$at/copy.err"): mend that, then run this again"
		touch "$at/unreachable"
	elif [ "$(sha256sum <"$1" | cut -c1-64)" != "$2" ]; then
		rm -f -- "$1"
	fi
}

# take_out FILE: of the records what FILE.good has. What was not mended by it
# goes to FILE.stuck.
take_out() {
	without "$1.good" "$1" >"$1.left"
	without "$1.healed" "$1.good" | jq_any -c '.check = .was | del(.was)' >"$1.new"
	[ ! -s "$1.healed" ] || some <(jq -r .path "$1.healed") "$copy: mended from $source, and proved"
	[ ! -s "$1.new" ] || tell_stuck "$1.new"
	cat "$1.new" >>"$1.stuck"
	mv "$1.left" "$1"
}

# without FILE RECORDS: those of RECORDS that are not in FILE, by path; FILE has
# none but such
without() {
	[ "$(wc -l <"$1")" -ne "$(wc -l <"$2")" ] || return 0
	jq -c --slurpfile known <(jq -c .path "$1") '
		select(.path as $p | $known | index($p) | not)' "$2"
}

# tell_stuck FILE: there are good bytes, but the copy does not take them, or the
# index not what came of it
tell_stuck() {
	: >"$at/written"
	[ ! -e "$at/untold" ] || jq -c 'select(.check == "ok")' "$at/proof" >"$at/written"
	if [ -s "$at/written" ]; then
		some <(jq -r .path "$at/written") "$copy: mended from $source, but the index could not be told"
		say "    run this again when the archive can be written"
	fi
	without "$at/unkept" "$1" >"$at/still"
	without "$at/written" "$at/still" >"$at/refused"
	tell_unmended "$at/unkept" "$(cat "$at/keep.why")"
	tell_unmended "$at/refused" "$(cat "$at/put.why")"
}

# tell_unmended FILE WHY
tell_unmended() {
	local why=$2
	[ -s "$1" ] || return 0
	some <(jq -r .path "$1") "$copy: NOT mended, though $source has the good bytes${why:+: $why}"
	case $why in
	*quarantine*) say "    nothing was written over; run this again when they can be" ;;
	*refuses*) say "    the key in rclone.conf may not write over files there: run this once with one that may, as the account's owner, or let the key write (s3:PutObject)" ;;
	*full*) say "    make room there, then run this again" ;;
	*) say "    run this again when $([ "$copy" = nas ] && echo "the archive can be written" || echo "it answers")" ;;
	esac
}

# good_from SOURCE ROOT FILE: the records of FILE whose bytes are now below ROOT
# as the index knows them
good_from() {
	if [ "$1" != nas ]; then
		rm -rf "$2"
		mkdir -p "$2"
		jq -r .path "$3" >"$at/heal.list"
		remote_reach "$1" || {
			[ $? -ne 3 ] || say "$1: it is not there: is it mounted, is the name right?"
			touch "$at/unreachable"
			return 0
		}
		# once more, and it is said to be lost only where the store answers
		fetch_list "$1" "$2" || { remote_reach "$1" && fetch_list "$1" "$2"; } ||
			fetch_failed "$1" "$2"
	fi
	jq -c '.was = .check | del(.check)' "$3" |
		gp-hash --check --root "$2" 2>"$at/err" >"$at/tried" || [ $? -eq 1 ] || {
		cat "$at/err" >&2
		touch "$at/unreachable"
	}
	# what can't be read may be good
	jq -r --arg copy "$1" 'select(.check == "unreadable") | "\(.path)\t\($copy)"' "$at/tried" >>"$at/unreadable" || true
	jq -c 'select(.check == "ok")' "$at/tried" || true
}

# fetch_failed SOURCE FOLDER: what it has and did not give may be good all the same, also
# where it does not answer or there is no room here for it
fetch_failed() {
	if no_room "$at/heal.log"; then
		say "$GP_ARCHIVE: no space left for what $1 has: make room, then run this again"
	elif rc lsf -R --files-only --files-from-raw "$at/heal.list" "$1" >"$at/heal.there" 2>"$at/err"; then
		(cd "$2" && find . -type f -printf '%P\n') | sort | comm -13 - <(sort "$at/heal.there") |
			awk -v copy="$1" -v OFS="$TAB" '{ print $0, copy }' >>"$at/unreadable"
		return 0
	elif remote_reach "$1"; then
		return 0
	fi
	touch "$at/unreachable"
}

# fetch_list SOURCE FOLDER: what $at/heal.list names
fetch_list() {
	rc_watched "$at/heal.log" "$1: fetching" copy --ignore-checksum ${limit_flag:+"$limit_flag"} \
		--files-from-raw "$at/heal.list" "$1" "$2" 2>"$at/err"
}

# put_good ROOT SOURCE < RECORDS > RECORDS: into the copy; those that are proved
# there now come out
put_good() {
	local name
	cat >"$at/put"
	rm -f "$at/untold"
	for name in proof put.why unkept keep.why; do : >"$at/$name"; done
	if [ "$copy" = nas ]; then
		put_nas "$1"
	else
		put_remote "$1" "$2"
	fi
	gp-index --seen "$copy" <"$at/proof" >"$at/seen" 2>"$at/seen.err" || [ $? -eq 1 ] || {
		cat "$at/seen.err" >&2
		touch "$at/untold"
		return 0
	}
	jq -c 'select(.check == "ok")' "$at/proof"
}

# put_nas ROOT: gp-index keeps the bad bytes aside and puts the good ones in
put_nas() {
	[ -e "$work/index.sums" ] || {
		jq -r '"\(.sha256)\t\(tojson)"' "$work/index" | sort -t "$TAB" -k1,1 >"$work/index.lines"
		mv "$work/index.lines" "$work/index.sums"
	}
	jq -r .sha256 "$at/put" | sort -u | join -t "$TAB" -j1 -o 2.2 - "$work/index.sums" |
		jq -c --arg root "$1" '.file = $root + "/" + .path | del(.path, .status, .copies, .accepted)' |
		gp-index --record >"$at/recorded" || record_judge $?
	put_owed "$1"
	gp-hash --check --root "$GP_ARCHIVE" < <(jq -c 'del(.check)' "$at/put") >"$at/proof" 2>"$at/err" || true
}

# record_judge STATUS: what can't be put in is still bad, and said; all may be in, and
# its list of sums not be written
record_judge() {
	[ "$1" -le 1 ] || worst=1
}

# put_owed ROOT: what the index does not know goes, as new, where the list of its
# folder has a place for it
put_owed() {
	local folder
	[ -s "$work/owed" ] || return 0
	jq -r 'select(.owed) | .path | split("/")[0]' "$at/put" | sort -u >"$at/owed.folders"
	while IFS= read -r folder <&4; do
		jq -c --arg root "$1" --arg folder "$folder" 'select(.owed and (.path | split("/")[0] == $folder)) |
			.file = $root + "/" + .path | del(.path, .owed, .was, .check)' "$at/put" |
			gp-index --record --folder "$folder" >"$at/recorded" || record_judge $?
	done 4<"$at/owed.folders"
}

# put_remote ROOT SOURCE: the one overwrite of a remote. The bad bytes are kept
# in .gp/quarantine, and by the store where it keeps versions.
put_remote() {
	keep_bad "$GP_ARCHIVE/.gp/quarantine/$(remote_slug "$copy")/$(date -u +%Y%m%dT%H%M%SZ)"
	[ -s "$at/put" ] || return 0
	jq -r .path "$at/put" >"$at/put.list"
	rc_watched "$at/put.log" "$copy: mending" copy --ignore-times ${limit_flag:+"$limit_flag"} \
		--files-from-raw "$at/put.list" "$1" "$copy" 2>"$at/err" ||
		log_words "$at/put.log" >"$at/put.why"
	jq -c 'del(.check)' "$at/put" | remote_check "$copy" |
		jq -c --arg from "$2" '.healed = .path + " from " + $from' >"$at/proof" || true
}

# keep_bad FOLDER: what the copy has under the names of $at/put goes there. What
# can't be kept stays as it is in the copy: it goes from $at/put to $at/unkept.
keep_bad() {
	local record name why
	jq -c 'select(.was != "missing")' "$at/put" | while IFS= read -r record; do
		name=$(jq -r .path <<<"$record")
		keep_one "$1/$name" "$name" 2>"$at/keep.err" || {
			why=$(sed -n '$s/.*: //p' "$at/keep.err")
			printf '%s\n' "its bad bytes can't be kept in $GP_ARCHIVE/.gp/quarantine: ${why:-nothing of them comes}" >"$at/keep.why"
			printf '%s\n' "$record"
		}
	done >"$at/unkept"
	[ -s "$at/unkept" ] || return 0
	without "$at/unkept" "$at/put" >"$at/put.kept"
	mv "$at/put.kept" "$at/put"
}

# keep_one FILE NAME: what the copy has as NAME, as far as it can be read; fails
# where FILE can't be written, which is said, or the copy does not answer
keep_one() {
	local ends=(0 0)
	mkdir -p "${1%/*}" || return
	rc cat "$(remote_join "$copy" "$2")" 2>"$at/err" </dev/null | cat >"$1" || ends=("${PIPESTATUS[@]}")
	if [ "${ends[1]}" -eq 0 ] && sync "$1" && sync -f "$1" &&
		{ [ "${ends[0]}" -eq 0 ] || remote_reach "$copy"; }; then
		[ -s "$1" ] || rm -f "$1"
	else
		rm -f "$1"
		return 1
	fi
}

# extras_now: the records of $at/extras.bad; lists with the sums that they have now, for
# healing may have stored what they name
extras_now() {
	jq -c 'select(.path | endswith("/SHA256SUMS") | not) | del(.check)' "$at/extras.bad"
	jq -r 'select(.path | endswith("/SHA256SUMS")) | .path' "$at/extras.bad" | sums_now | sum_records
}

# heal_extras: what is not a photo comes from the archive again
heal_extras() {
	[ -s "$at/extras.bad" ] || return 0
	jq -r .path "$at/extras.bad" | while IFS= read -r name; do
		[ ! -f "$GP_ARCHIVE/$name" ] || printf '%s\n' "$name"
	done | sort | comm -23 - "$at/lists.left" >"$at/extras.list"
	[ ! -s "$at/lists.left" ] ||
		some "$at/lists.left" "$copy: left until gp-replicate has sent what these name"
	[ ! -s "$at/extras.list" ] || rc_watched "$at/extras.log" "$copy" copy --ignore-times \
		--files-from-raw "$at/extras.list" "$GP_ARCHIVE" "$copy" 2>"$at/err" || true
	extras_now | remote_check "$copy" |
		jq -c 'select(.check != "ok")' >"$at/extras.left" || true
	mv "$at/extras.left" "$at/extras.bad"
}

# on_disc SHA256: label of a disc that holds the file
on_disc() {
	gp-index --stats | jq -r '.discs[]? | select(.state != "failed") | .label' |
		while IFS= read -r label; do
			gp-index --export --disc "$label" </dev/null |
				jq -rn --arg sum "$1" --arg label "$label" 'first(inputs | select(.sha256 == $sum)) | $label'
		done | sed -n 1p
}

# unread_copies RECORD: "COPY and COPY" that have the file, and it can't be read
unread_copies() {
	{
		jq -r --arg copy "$copy" 'select(.check == "unreadable") | $copy' <<<"$1"
		jq -r .path <<<"$1" | join -t "$TAB" -j1 -o 2.2 - <(sort "$at/unreadable")
	} | sort -u | sed -n 'H; ${ g; s/^\n//; s/\n/ and /g; p; }'
}

# no_good_copy FILE: says so, loudly, and has the index keep it until a person
# settles it
no_good_copy() {
	local record disc where
	while IFS= read -r record; do
		where=$(unread_copies "$record")
		disc=$(on_disc "$(jq -r .sha256 <<<"$record")") || disc=
		if [ -n "$disc" ]; then
			say "$copy: $(jq -r .path <<<"$record"): no good copy but on disc $disc: put it in, and gp-restore --from $disc brings it back"
		elif [ -n "$where" ]; then
			say "$copy: $(jq -r .path <<<"$record"): no good copy, unless that in $where is one, which can't be read (its permissions, or the disk): mend that, then run this again"
		elif [ -e "$at/unreachable" ]; then
			say "$copy: $(jq -r .path <<<"$record"): no good copy among those that answer; try again when all do"
		elif jq -e .owed <<<"$record" >/dev/null; then
			say "$copy: $(jq -r '"NO GOOD COPY IS LEFT of \(.path), which SHA256SUMS names"' <<<"$record")"
			say "    look for it elsewhere and store it again, or: gp-index --accept $(jq -r '.path | @sh' <<<"$record") REASON"
		elif jq -e '.accepted == null' <<<"$record" >/dev/null; then
			say "$copy: $(jq -r '"NO GOOD COPY IS LEFT of \(.path) (album \(.album.title // "none"), \(.filename // .id))"' <<<"$record")"
			say "    look for it elsewhere and store it again, or: gp-index --accept $(jq -r '.id | @sh' <<<"$record") REASON"
			jq -c --arg copy "$copy" '.error = {stage: "gp-scrub", code: "mismatch",
				message: "no good copy is left of \(.path)"} | del(.check, .status)' <<<"$record"
		fi
	done <"$1" | gp-index --record >"$at/lost" 2>"$at/lost.err" || true
}
