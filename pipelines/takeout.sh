# The schedule of Takeout exports, for gp-takeout-pull and gp-doctor.
# shellcheck shell=bash

TAKEOUT_EVERY=61  # days between the exports of a schedule: two months
TAKEOUT_LATE=14   # days after which an export is overdue
TAKEOUT_YEAR=365  # days that a schedule runs
TAKEOUT_NOTICE=30 # days before its end that a person is told

# takeout_dates STORE: when the exports that STORE has or had began, and those
# whose names are on standard input; in seconds, oldest first
takeout_dates() {
	{
		cat
		cut -d' ' -f2 "$1/../takeout-pull/pulled" 2>/dev/null || true
		find "$1" -maxdepth 1 -name 'takeout-*' -printf '%f\n' 2>/dev/null || true
	} | sed -nE 's/^takeout-([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2}).*/\1-\2-\3 \4:00Z/p' |
		sort -u | while read -r when; do date -u -d "$when" +%s 2>/dev/null || true; done | sort -nu
}

# takeout_schedule: says where an export is overdue or the year's schedule ends
# soon; returns 1 then. On standard input the dates. A schedule begins where the
# gap before an export is not that of a schedule, or a year after it began.
takeout_schedule() {
	local day=86400 when start='' last='' now days bad=0
	now=$(date +%s)
	while read -r when; do
		if [ -z "$start" ] ||
			[ $((when - last)) -gt $(((TAKEOUT_EVERY + TAKEOUT_LATE) * day)) ] ||
			[ $((when - last)) -lt $(((TAKEOUT_EVERY - 16) * day)) ] ||
			[ $((when - start)) -ge $(((TAKEOUT_YEAR - TAKEOUT_LATE) * day)) ]; then
			start=$when
		fi
		last=$when
	done
	[ -n "$last" ] || return 0
	days=$(((now - last) / day))
	if [ "$days" -gt $((TAKEOUT_EVERY + TAKEOUT_LATE)) ]; then
		say "the last export is of $(date -u -d "@$last" +%F), $days days ago; one is due every two months. Look at https://takeout.google.com/manage: is there a schedule, did it fail, is the storage full?"
		bad=1
	fi
	if [ "$now" -ge $((start + (TAKEOUT_YEAR - TAKEOUT_NOTICE) * day)) ]; then
		say "the schedule that began on $(date -u -d "@$start" +%F) ends about $(date -u -d "@$((start + TAKEOUT_YEAR * day))" +%F): order a new one at https://takeout.google.com, see gp-takeout(7)"
		bad=1
	fi
	return "$bad"
}
