# What the pipelines that deal with copies share: rclone, the layout of a
# remote, reading back. Source it after lib.sh; call copies_begin first.
# shellcheck shell=bash disable=SC2034,SC2154

# shellcheck source-path=SCRIPTDIR source=stores.sh
. "$lib_dir/stores.sh"
# shellcheck source-path=SCRIPTDIR source=runs.sh
. "$lib_dir/runs.sh"

# sort and join must agree on one order
export LC_ALL=C
# Debian 12's rclone can't use S3 with it
unset AWS_CA_BUNDLE
# Patience with a store that does not answer; what the user has set wins. The
# S3 library tries each request four times by itself.
export RCLONE_CONTIMEOUT=${RCLONE_CONTIMEOUT:-10s}
export RCLONE_TIMEOUT=${RCLONE_TIMEOUT:-30s}
export RCLONE_RETRIES=${RCLONE_RETRIES:-2}
export RCLONE_LOW_LEVEL_RETRIES=${RCLONE_LOW_LEVEL_RETRIES:-2}
READERS=${RCLONE_TRANSFERS:-16} # files read back at a time
export RCLONE_TRANSFERS=${RCLONE_TRANSFERS:-8}
export RCLONE_BUFFER_SIZE=${RCLONE_BUFFER_SIZE:-4M}
export RCLONE_CHECKERS=${RCLONE_CHECKERS:-16}

# The bytes of an upload are signed, listed and read back: no question after each
export RCLONE_S3_NO_HEAD=${RCLONE_S3_NO_HEAD:-true}

TAB=$'\t'
# shellcheck disable=SC2034 # the pipelines ask for them
SNAPSHOTS=.gp/snapshots NEWEST=.gp/snapshots/newest
REACH_SECONDS=30
# what machines leave beside photos, as src/lib/archive/litter.c has it; what is hidden is
# passed over anyway
# shellcheck disable=SC2016 # the $ is the name's
LITTER=(@eaDir '#recycle' @Recycle @Recently-Snapshot '#snapshot' '$RECYCLE.BIN'
	'System Volume Information' Thumbs.db ehthumbs.db desktop.ini Picasa.ini
	ZbThumbnail.info lost+found)
SHOWN=5 # names in a message

# litter_is NAME: whether a machine, and no person, made what is called so
litter_is() {
	local name
	for name in "${LITTER[@]}"; do
		[ "${1,,}" != "${name,,}" ] || return 0
	done
	return 1
}

# copies_begin: a scratch folder in $work, gone at the end of the program with
# all that was started in the background; $person, where progress is said, for
# stderr goes elsewhere while rclone runs
copies_begin() {
	scratch_make
	exec {person}>&2
	watching=${VERBOSE:-}
	! watched || watching=1
	trap 'end_children; rm -rf "$work"' EXIT
	trap_signals
}

# part_begin: what a part that runs in the background does first
part_begin() {
	trap end_children EXIT
	trap_signals
}

# orphaned: whether the program that this shell is a part of has ended
orphaned() {
	local pid=$BASHPID
	while [ "${pid:-0}" -gt 1 ]; do
		[ "$pid" != $$ ] || return 1
		pid=$(parent_of "$pid")
	done
}

# parent_of PID
parent_of() {
	sed -n 's/^PPid:[^0-9]*//p' "/proc/$1/status" 2>/dev/null || true
}

# --- names ------------------------------------------------------------------

# remote_join REMOTE PATH
remote_join() {
	case $1 in
	*: | */) printf '%s%s' "$1" "$2" ;;
	*) printf '%s/%s' "$1" "$2" ;;
	esac
}

# remote_name REMOTE: as the index knows it, without slashes at its end
remote_name() {
	local name=$1
	while [[ $name == ?*[!:]/ ]]; do name=${name%/}; done
	printf '%s' "$name"
}

# remote_slug REMOTE: a file name for it
remote_slug() {
	local name=${1//[!a-zA-Z0-9.]/_}
	printf '%s-%.8s' "${name:0:80}" "$(printf '%s' "$1" | sha256sum)"
}

# size_bytes SIZE TOTAL: in bytes; powers of 1000, or so many percent of TOTAL
size_bytes() {
	case $1 in
	*%) awk -v p="${1%\%}" -v n="$2" 'BEGIN { printf "%.0f\n", n * p / 100 + 0.5 }' ;;
	*) numfmt --from=si "$1" ;;
	esac
}

# size_words BYTES
size_words() {
	numfmt --to=si --suffix=B --format=%.1f "$1"
}

# seconds 1m30s|2h|45s: rounded down, at least 1; 30 for what it can't read
seconds() {
	local rest=$1 n=0
	while [[ $rest =~ ^([0-9]{1,6})(\.[0-9]*)?(ms|s|m|h)(.*)$ ]]; do
		case ${BASH_REMATCH[3]} in
		s) n=$((n + BASH_REMATCH[1])) ;;
		m) n=$((n + BASH_REMATCH[1] * 60)) ;;
		h) n=$((n + BASH_REMATCH[1] * 3600)) ;;
		esac
		rest=${BASH_REMATCH[4]}
	done
	[ -z "$rest" ] || n=30
	echo $((n > 0 ? n : 1))
}

# jq_any ARG...: jq, where anything comes on stdin: often it does not, and jq
# takes long to start
jq_any() {
	local line
	IFS= read -r line || [ -n "$line" ] || return 0
	{
		printf '%s\n' "$line"
		cat
	} | jq "$@"
}

# --- rclone -----------------------------------------------------------------

# rc ARG...: rclone, which must never wait for a person
rc() {
	rclone --ask-password=false "$@"
}

# rc_watched LOG NAME ARG...: rclone with its log, as JSON, in LOG. It is ended
# when nothing has moved for ten times RCLONE_TIMEOUT: then it returns 124,
# else what rclone does. Progress of NAME is said to a person who watches.
# No signal ends the watcher: in bash, a child that is signalled as it begins
# runs the traps of its parent.
rc_watched() {
	local log=$1 name=$2 pid watch watcher status=0
	shift 2
	: >"$log" || return
	rclone --ask-password=false --use-json-log --log-level INFO --stats 1s \
		--log-file "$log" "$@" &
	pid=$!
	exec {watch}> >(rc_watch "$log" "$name" "$pid" "$BASHPID" >/dev/null)
	watcher=$!
	wait "$pid" || status=$?
	exec {watch}>&-
	wait "$watcher" || true
	[ ! -e "$log.hung" ] || status=124
	return "$status"
}

# rc_watch LOG NAME PID SHELL: see rc_watched; ends with its stdin. When the
# program was killed, what it left in the background must end too, or nobody
# could start it again.
rc_watch() {
	local log=$1 name=$2 pid=$3 shell=$4 limit ended=0 idle=0 told=0 now='' last=''
	trap - EXIT
	limit=$(($(seconds "$RCLONE_TIMEOUT") * 10))
	while kill -0 "$pid" 2>/dev/null; do
		ended=0
		read -rt 1 || ended=$? # 1: closed; more: nothing came
		if orphaned; then
			kill -9 "$pid" "$shell" 2>/dev/null || true
			return
		fi
		[ "$ended" -ne 1 ] || return 0
		now=$(rc_stats "$log")
		idle=$((idle + 1))
		# the time moves always
		[ "${now%,*}" = "${last%,*}" ] || idle=0
		last=$now told=$((told + 1))
		if [ $((told % 10)) -eq 2 ] && [ -n "$now" ] && [ -n "$watching" ]; then
			say "$name: $(rc_words "$now")" 2>&"$person"
		fi
		if [ "$idle" -ge "$limit" ]; then
			touch "$log.hung"
			kill -9 "$pid" 2>/dev/null || true
			return
		fi
	done
}

# rc_stats LOG: how far rclone has come, as JSON
rc_stats() {
	tail -n 50 "$1" 2>/dev/null | jq -Rcn 'last(inputs | fromjson? | .stats // empty) |
		{transfers, totalTransfers, bytes, totalBytes, checks, elapsedTime}' 2>/dev/null || true
}

# rc_words STATS: "12/40 files, 24.1 MB of 80.3 MB, 3.0 MB/s, 30 %, 19 s left",
# as gp-fetch says it; while rclone only compares, how many it has compared
rc_words() {
	jq -r '
		def size: if . >= 1e9 then "\(. / 1e8 | floor / 10) GB" elif . >= 1e6 then "\(. / 1e5 | floor / 10) MB"
			else "\(. / 100 | floor / 10) kB" end;
		def left: ceil | if . >= 3600 then "\(. / 3600 | floor) h \(. % 3600 / 60 | floor) min"
			elif . >= 60 then "\(. / 60 | floor) min \(. % 60) s" else "\(.) s" end;
		(if .elapsedTime > 0 then .bytes / .elapsedTime else 0 end) as $speed |
		if .totalBytes == 0 then "\(.checks) files compared"
		else "\(.transfers)/\(.totalTransfers) files, \(.bytes | size) of \(.totalBytes | size)" +
			(if $speed > 0 then ", \($speed | size)/s" else "" end) +
			", \(.bytes * 100 / .totalBytes | floor) %" +
			(if $speed > 0 then ", \((.totalBytes - .bytes) / $speed | left) left" else "" end)
		end' <<<"$1" 2>/dev/null || true
}

# log_sent LOG: paths of what rclone has copied, big files in several streams
log_sent() {
	{ grep -F 'Copied (' "$1" || [ $? -eq 1 ]; } |
		jq_any -Rr 'fromjson? | select(.msg | test("^(Multi-thread )?Copied [(]")) | .object'
}

# log_errors LOG: "PATH: REASON" of each error, once
log_errors() {
	jq -Rr 'fromjson? | select(.level == "error" and (.object // "") != "") |
		"\(.object): \(.msg | split("\n")[0])"' "$1" | sort -u
}

# log_words LOG: in words for people, why rclone failed
log_words() {
	words_for "$(jq -Rr 'fromjson? | select(.level | IN("info", "notice", "warning", "debug") | not) | .msg' "$1" 2>/dev/null | head -c 20000)"
}

# words_for TEXT: what rclone's errors come to, for people
words_for() {
	local where
	case $1 in
	*QuotaExceeded* | *"no space left"* | *storage_cap* | *"quota exceeded"* | *nsufficient* | *"remaining disk space"*)
		echo "it is full" ;;
	*InvalidAccessKeyId* | *SignatureDoesNotMatch* | *AccessDenied* | *UserSuspended* | *"code: 401"* | *nauthorized* | *"code: 403"* | *ermission\ denied*)
		where=$(sed -n '/.*open \(.*\): permission denied.*/ { s//\1: /p; q; }' <<<"$1")
		echo "${where}it refuses us (credentials, or rights of the key)" ;;
	*"didn't find section"*) echo "rclone.conf has no such remote; see rclone config" ;;
	*"connection refused"* | *imeout* | *"no such host"* | *"connection reset"* | *deadline* | *EOF*)
		echo "it does not answer" ;;
	*) sed -n 's/^[0-9/]* [0-9:]* //; /./ { p; q; }' <<<"$1" ;;
	esac
}

# --- the index --------------------------------------------------------------

# some FILE TEXT: names the first lines of FILE after TEXT
some() {
	local names
	mapfile -t names <"$1"
	printf -v REPLY '%s, ' "${names[@]:0:SHOWN}"
	say "$2: ${REPLY%, }$([ "${#names[@]}" -le "$SHOWN" ] || printf ' and %d more' $((${#names[@]} - SHOWN)))"
}

# index_files: $work/index, all records; $work/files,
# "PATH<TAB>SIZE<TAB>RECORD<TAB>SHA256" of each file, sorted
index_files() {
	local status=0
	gp-index --export >"$work/index" || status=$?
	[ "$status" -le 1 ] || die 2 "the index can't be read: nothing was done"
	jq -r '{id, source, account, filename, sha256, size, path, copies, album, accepted} |
		"\(.path)\t\(.size)\t\(tojson)\t\(.sha256)"' "$work/index" |
		sort -t "$TAB" -k1,1 >"$work/files" || die 2 "the index can't be read: nothing was done"
}

# archive_list: "SIZE<TAB>PATH" of what lies in the archive's folders, by path.
# What a NAS or a desktop puts there for itself does not count. Where something can't
# be read it returns 1, and $work/list.err says what; 2 where it can't be sorted.
archive_list() {
	local prune status=0
	archive_prune
	(cd "$GP_ARCHIVE" && find . -ignore_readdir_race "${prune[@]}" -o -type f -path './*/*' -printf '%s\t%P\n') \
		>"$work/list.found" 2>"$work/list.err" || status=1
	sort -t "$TAB" -k2 "$work/list.found" || status=2
	return "$status"
}

# archive_prune: $prune, what find passes over below the archive
archive_prune() {
	local name
	prune=(\( -name '.?*' -o -name '*.gp-new' -o -path ./burn -o -path ./archived)
	for name in "${LITTER[@]}"; do prune+=(-o -iname "$name"); done
	prune+=(\) -prune)
}

# sums_now < PATHS: "SHA256  PATH" of files of the archive, as they are now
sums_now() {
	(cd "$GP_ARCHIVE" && xargs -d '\n' -r sha256sum --)
}

# sum_records < SUMS: as records, of files that are not in the index
sum_records() {
	jq_any -Rc '{id: .[66:], path: .[66:], sha256: .[:64], extra: true}'
}

# --- one remote -------------------------------------------------------------

# remote_lock REMOTE WORDS: its lock, until this shell and what it started have
# ended. Waits 20 s. Returns 1 where somebody else holds it still, 2 where it can't
# be locked; why is said, and WORDS, what that means.
remote_lock() {
	local fd file status=0
	file=$GP_ARCHIVE/.gp/locks/$(remote_slug "$1")
	if ! mkdir -p "$GP_ARCHIVE/.gp/locks" || ! exec {fd}>>"$file"; then
		say "$1: $file can't be written; $2"
		return 2
	fi
	lock_fd "$fd" "$file" -w 20 || status=$?
	case $status in
	0) ;;
	1) say "$1: another run is still at work on it; $2" ;;
	*) say "$1: $2" ;;
	esac
	return "$status"
}

# setting_of REMOTE ENTRY...: what a list of gp.conf says of it: that of REMOTE=VALUE,
# else a VALUE that is for all
setting_of() {
	local entry remote=$1 any=''
	shift
	for entry in "$@"; do
		case $entry in
		"$remote="*)
			printf '%s' "${entry##*=}"
			return
			;;
		*=*) ;;
		*) any=$entry ;;
		esac
	done
	printf '%s' "$any"
}

# budget_of REMOTE: what may be read back of it at a time (GP_SCRUB_BUDGET);
# nothing where there is no limit
budget_of() {
	setting_of "$1" "${GP_SCRUB_BUDGET_LIST[@]}"
}

# price_words REMOTE BYTES: what reading so much there costs (GP_READ_PRICE), in words
# that go on; nothing where it is free
price_words() {
	local price
	price=$(setting_of "$1" "${GP_READ_PRICE_LIST[@]}")
	awk -v price="${price:-0}" -v bytes="$2" 'BEGIN {
		cost = price * bytes / 1e9
		if (cost >= 0.005) printf ", and reading it would cost about %.2f", cost
		else if (cost > 0) printf ", and reading it would cost less than 0.01"
	}'
}

# remote_reach REMOTE: 0 where it answers, 3 where it does but has no such
# folder or bucket, 1 (and says why) where it does not answer
remote_reach() {
	local status=0 err
	err=$(RCLONE_RETRIES=1 RCLONE_LOW_LEVEL_RETRIES=1 timeout -k 5 "$REACH_SECONDS" \
		rclone --ask-password=false lsf --max-depth 1 "$1" 2>&1 >/dev/null) || status=$?
	case $status in
	0 | 3) return "$status" ;;
	124 | 137) say "$1: it does not answer" ;;
	*) say "$1: $(words_for "$err")" ;;
	esac
	return 1
}

# remote_list REMOTE: "SIZE<TAB>PATH" of every file there but what lies in .gp,
# sorted by path. Returns as rclone: 3 where there is no such place.
remote_list() {
	local status
	rc lsf -R --files-only --fast-list --format sp --separator "$TAB" \
		--exclude '/.gp/**' "$1" >"$work/list.$BASHPID" || return
	sort -t "$TAB" -k2 "$work/list.$BASHPID"
	rm -f "$work/list.$BASHPID"
}

# remote_has_sums REMOTE: whether the store itself reckons SHA-256 from the
# bytes that it holds. A claim that came with the upload proves nothing, so
# only folders and sftp count; all others are read back.
remote_has_sums() {
	local type
	case $1 in
	/*) return 0 ;;
	:* | *,*) return 1 ;;
	esac
	store_types
	type=$(type_of "${1%%:*}")
	[ "$type" = local ] || {
		[ "$type" = sftp ] &&
			rc backend features "$1" 2>/dev/null | jq -e '.Hashes | index("sha256")' >/dev/null
	}
}

# remote_sums REMOTE < PATHS: reads them back, "PATH<TAB>SHA256" of what could
# be read, sorted; nothing of the rest. What rclone returns does not count.
remote_sums() {
	local at flags=(--download)
	at=$(mktemp -d "$work/sums.XXXXXX") || return
	cat >"$at/paths"
	[ -s "$at/paths" ] || return 0
	! remote_has_sums "$1" || flags=()
	[ -z "${limit_flag:-}" ] || flags+=("$limit_flag")
	RCLONE_S3_NO_HEAD_OBJECT=true rc_watched "$at/log" "$1: reading back" hashsum sha256 "${flags[@]}" \
		--transfers "$READERS" \
		--files-from-raw "$at/paths" "$1" >"$at/sums" 2>"$at/err" || true
	sed -n "s/^\([0-9a-f]\{64\}\)  \(.*\)/\2$TAB\1/p" "$at/sums" | sort -t "$TAB" -k1,1
	rm -rf "$at"
}

# remote_check REMOTE < RECORDS > RECORDS: adds `check`, as gp-hash --check
# does. What is not as it should be is read twice. Where the remote is gone
# meanwhile nothing is said of what was not read, and 1 returned: a dead
# network is no lost photo.
remote_check() {
	local remote=$1 at status=0
	at=$(mktemp -d "$work/check.XXXXXX") || return
	: >"$at/there"
	cat >"$at/records"
	[ -s "$at/records" ] || return 0
	jq -r '"\(.path)\t\(.sha256)\t\(tojson)"' "$at/records" | sort -t "$TAB" -k1,1 >"$at/want"
	cut -f1 "$at/want" | remote_sums "$remote" >"$at/got"
	join -t "$TAB" -v1 -j1 "$at/want" \
		<(join -t "$TAB" -j1 -o 1.1,1.2,2.2 "$at/want" "$at/got" | awk -F "$TAB" '$2 == $3') |
		cut -f1 >"$at/left"
	if [ -s "$at/left" ]; then
		if remote_reach "$remote"; then
			remote_sums "$remote" <"$at/left" >"$at/again"
			join -t "$TAB" -v1 -j1 "$at/got" "$at/left" | sort -t "$TAB" -k1,1 - "$at/again" >"$at/both"
			mv "$at/both" "$at/got"
			rc lsf -R --files-only --files-from-raw "$at/left" "$remote" >"$at/there" 2>"$at/err" || status=1
			remote_reach "$remote" || status=1
		else
			status=1
		fi
	fi
	[ "$status" -eq 0 ] || say "$remote: it went away while it was read"
	join -t "$TAB" -a1 -j1 -e '' -o 1.2,2.2,1.1,1.3 "$at/want" "$at/got" |
		jq -Rc --rawfile there "$at/there" --argjson gone "$status" '
			($there | split("\n") | map({(.): true}) | add // {}) as $is |
			split("\t") as [$want, $got, $path, $json] |
			(if $got == $want then "ok" elif $got != "" then "mismatch"
			elif $gone == 1 then null elif $is[$path] then "unreadable"
			else "missing" end) as $check |
			select($check != null) | ($json | fromjson) + {check: $check}' || status=1
	rm -rf "$at"
	return "$status"
}

# checked_lines < RECORDS: "KIND<TAB>CHECK<TAB>PATH<TAB>RECORD" of what remote_check
# says; KIND is extra for what sum_records made, else file
checked_lines() {
	jq_any -r '"\(if .extra then "extra" else "file" end)\t\(.check)\t\(.path)\t\(tojson)"'
}

# checked_as KIND CHECK FIELD FILE: path or record of those lines that are of the
# KIND and ok, bad (anything else), or any
checked_as() {
	awk -F "$TAB" -v kind="$1" -v check="$2" -v field="$3" '
		$1 == kind && (check == "any" || (check == "ok") == ($2 == "ok")) {
			print field == "path" ? $3 : $4 }' "$4"
}

# --- snapshots of the index -------------------------------------------------

# snapshot_names REMOTE: the names of all, newest first; the pointer's own
# before them
snapshot_names() {
	{
		rc cat "$(remote_join "$1" "$NEWEST")" 2>/dev/null | sed 's/^[0-9a-f]*  //' || true
		rc lsf --files-only "$(remote_join "$1" "$SNAPSHOTS")" 2>/dev/null | sort -r || true
	} | awk '/^index-[0-9TZ]+-[0-9a-f]+\.db\.gz$/ && length == 93 && !seen[$0]++'
}

# snapshot_fetch REMOTE FILE: the newest sound one, proved by the sum in its
# name and unpacked to FILE. Returns 1 where there is none.
snapshot_fetch() {
	local remote=$1 file=$2 name err=$work/snapshot.err
	while IFS= read -r name; do
		if rc copyto "$(remote_join "$remote" "$SNAPSHOTS/$name")" "$file.gz" 2>"$err" </dev/null &&
			[[ $name == *"$(sha256sum <"$file.gz" | cut -c1-64).db.gz" ]] &&
			gzip -dc "$file.gz" 2>"$err" >"$file"; then
			rm -f "$file.gz"
			say "$remote: the index is of $name"
			return 0
		fi
		if no_room "$err"; then
			rm -f "$file.gz" "$file"
			die 2 "${file%/*}: no space left for the index: make room, then run this again"
		fi
		say "$remote: $name is damaged or can't be read; trying the one before"
		rm -f "$file.gz" "$file"
	done < <(snapshot_names "$remote")
	say "$remote: there is no sound snapshot of the index"
	return 1
}
