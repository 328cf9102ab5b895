# Uploads in parts that were never finished: they cost money, and no list of
# files shows them. Uses $copy, $at and $work of gp-scrub; source it after
# copies.sh and stores.sh.
# shellcheck shell=bash disable=SC2034,SC2154

UPLOAD_HOURS=24 # a younger one may be somebody's who is at work

# uploads_find: $at/uploads, "old|young<TAB>ours|strange<TAB>PATH" of each. A
# store that does not tell is no finding.
uploads_find() {
	local store
	: >"$at/uploads"
	[[ $copy == *:* && $copy != /* ]] || return 0
	store_types
	store=$(store_below "$copy")
	[ "$(type_of "${store%%:*}")" = s3 ] || return 0
	rc backend list-multipart-uploads "$store" 2>"$at/err" |
		jq -r --argjson hours "$UPLOAD_HOURS" --arg root "${store#*:}" '
			($root | if test("/") then sub("^[^/]*/+"; "") | sub("/*$"; "/") else "" end) as $root |
			.[]?[]? | (.Initiated | sub("\\.[0-9]+Z"; "Z") | fromdate) as $began |
			"\(if $began < now - $hours * 3600 then "old" else "young" end)\t\(
			if .Key | startswith($root) then .Key[($root | length):] else "../\(.Key)" end)"' \
			>"$at/uploads.all" 2>"$at/err" || return 0
	cut -f2 "$at/uploads.all" | uploads_plain | uploads_ours |
		paste <(cut -f1 "$at/uploads.all") - >"$at/uploads"
}

# uploads_plain < PATHS: as they were before a crypt
uploads_plain() {
	local path
	if [ "$(type_of "${copy%%:*}")" != crypt ]; then
		cat
		return
	fi
	while IFS= read -r path; do
		rc cryptdecode "$copy" "$path" 2>/dev/null </dev/null |
			awk -F ' \t ' -v path="$path" '{ print (NF > 1 && $2 !~ /^Failed/) ? $2 : "../" path; n++ }
				END { if (n == 0) print "../" path }'
	done
}

# uploads_ours < PATHS: "ours|strange<TAB>PATH"; ours is what gp-replicate sends
uploads_ours() {
	awk -F "$TAB" -v OFS="$TAB" 'NR == FNR { is[$1] = 1; next }
		{ print ($0 in is || /^\.gp\// || /^[^\/.]+\/SHA256SUMS$/) ? "ours" : "strange", $0 }' "$work/files" -
}

# uploads_end: ends those that are old. rclone ends all below a place, or none:
# so only where all of them are ours, and while nobody here sends there.
uploads_end() {
	grep -q '^old' "$at/uploads" || return 0
	! grep -q "^old${TAB}strange" "$at/uploads" || {
		some <(sed -n "s/^old${TAB}strange$TAB//p" "$at/uploads") \
			"$copy: uploads that were never finished, and not by gp: all were left alone"
		return 0
	}
	remote_lock "$copy" "unfinished uploads were left alone" || return 0
	store_types
	rc backend cleanup -o max-age="${UPLOAD_HOURS}h" "$(store_below "$copy")" 2>"$at/err" ||
		say "$copy: unfinished uploads can't be ended: $(words_for "$(cat "$at/err")")"
	some <(sed -n "s/^old${TAB}ours$TAB//p" "$at/uploads") \
		"$copy: uploads that were cut off more than a day ago were ended"
	uploads_find
}

# uploads_tell: those that are there still. Returns 1 where there are any.
uploads_tell() {
	[ -s "$at/uploads" ] || return 0
	some <(cut -f3 "$at/uploads") "$copy: $(wc -l <"$at/uploads") uploads were never finished"
	if [ -z "${heal:-}" ]; then
		say "    gp-scrub --heal $copy ends those older than a day"
	fi
	return 1
}
