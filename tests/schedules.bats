#!/usr/bin/env bats
# The timer and the cron line mean what they say.
# builds: san
bats_require_minimum_version 1.5.0
load helper

CONTRIB=$TESTS/../contrib

@test "schedules: the timer is the first Sunday of the quarter at 3" {
	spec=$(sed -n 's/^OnCalendar=//p' "$CONTRIB/systemd/gp-backup.timer")
	# years in which the 1st, and the 7th, are Sundays too
	while read -r day; do
		same 7 "$(date -d "$day" +%u)"
		[ "$(date -d "$day" +%-d)" -le 7 ]
		has " 01 04 07 10 " " $(date -d "$day" +%m) "
	done < <(systemd-analyze calendar --base-time="2026-01-01" --iterations=40 "$spec" |
		grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2} 03:00:00' | cut -d' ' -f1 | tee days)
	same 40 "$(sort -u days | wc -l)"
}

@test "schedules: the units are valid, and the service is locked in" {
	mkdir units
	for unit in "$CONTRIB"/systemd/*; do
		sed "s|/usr/local/bin/gp-backup|/bin/true|; /^Documentation=/d" "$unit" >"units/${unit##*/}"
	done
	run -0 systemd-analyze verify units/gp-backup.service units/gp-backup.timer
	same "" "$output"
	systemd-analyze security --offline=yes --threshold=25 units/gp-backup.service >report ||
		fail "$(tail -n 1 report)"
}

@test "schedules: the cron line runs on the first Sunday alone" {
	line=$(grep '^0 3 ' "$CONTRIB/cron/gp-backup.cron")
	read -r minute hour dom months dow command <<<"$line"
	same "0 3 1-7 1,4,7,10 *" "$minute $hour $dom $months $dow"
	command=${command//\\%/%}
	command=${command//\/usr\/local\/bin\/gp-backup/echo ran}
	for day in 2026-10-01 2026-10-02 2026-10-03 2026-10-05 2026-10-06 2026-10-07; do
		same "" "$(faketime "$day 03:00:00" sh -c "$command")"
	done
	same ran "$(faketime "2026-10-04 03:00:00" sh -c "$command")"
}

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}
