# The schedule of Takeout exports, for gp-takeout-pull and gp-doctor.
# shellcheck shell=bash

TAKEOUT_EVERY=61  # days between the exports of a schedule: two months
TAKEOUT_LATE=14   # days after which an export is overdue
TAKEOUT_YEAR=365  # days that a schedule runs
TAKEOUT_EXPORTS=6 # exports of it
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

# takeout_on START WHEN: whether an export of WHEN may be one of the schedule that
# began with START: a day or two late, and after others that failed, too
takeout_on() {
	local days off
	days=$((($2 - $1) / 86400))
	[ "$days" -le $(((TAKEOUT_EXPORTS - 1) * TAKEOUT_EVERY + TAKEOUT_LATE)) ] || return
	off=$(((days + TAKEOUT_EVERY / 2) % TAKEOUT_EVERY - TAKEOUT_EVERY / 2))
	[ "${off#-}" -le "$TAKEOUT_LATE" ]
}

# takeout_schedule: says where an export is overdue or the year's schedule ends
# soon; returns 1 then. On standard input the dates. One that is not of the schedule
# may be a single one that was ordered by hand: a new schedule is what a second
# one agrees with, or what comes after the last of the old.
takeout_schedule() {
	local day=86400 when start='' on='' other='' last='' now days bad=0 past
	past=$(((TAKEOUT_EXPORTS - 1) * TAKEOUT_EVERY * day)) # when the last of one comes
	now=$(date +%s)
	while read -r when; do
		last=$when
		if [ -z "$start" ]; then
			start=$when on=$when
		elif takeout_on "$start" "$when" &&
			{ [ $((when - on)) -lt $((2 * day)) ] || [ $((when - on)) -gt $(((TAKEOUT_EVERY - 2 * TAKEOUT_LATE) * day)) ]; }; then
			on=$when other=
		elif [ -n "$other" ] && takeout_on "$other" "$when"; then
			start=$other on=$when other=
		elif [ $((when - start)) -gt $((past + TAKEOUT_LATE * day)) ] || [ $((on - start)) -gt $((past - TAKEOUT_LATE * day)) ]; then
			start=$when on=$when other=
		else
			other=$when
		fi
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
