# gp.conf(5) and the arguments that every pipeline takes. lib.sh sources this.
# shellcheck shell=bash

# without a HOME (a bare cron or unit) it is the one of the user database
export HOME="${HOME:-$(cd ~ 2>/dev/null && pwd)}"

# Names of gp.conf that hold one value, and their defaults.
declare -gA CONF_DEFAULTS=(
	[GP_ARCHIVE]=''
	[GP_INDEX]=''
	[GP_ACCOUNT]=''
	[GP_TAKEOUT_REMOTE]=''
	[GP_TAKEOUT_KEEP]=yes
	[GP_TAKEOUT_DELETE_AFTER]=never
	[GP_BANDWIDTH]=''
	[GP_DRILL_DAYS]=100
	[GP_SAFE_COPIES]=3
	[GP_SAFE_DAYS]=180
	[GP_SAFE_OFFSITE]=1
	[GP_DISC_CAPACITY]=bd100
	[GP_DISC_THRESHOLD]=90G
	[GP_DISC_LABEL]=GP
	[GP_DISC_PARITY]=10
)
# Names that hold a list: one value a line and the name repeated, or, where
# `words` is said, also several values separated by blanks.
declare -gA CONF_LISTS=(
	[GP_SOURCES]=lines
	[GP_ALBUMS]=lines
	[GP_REMOTES]=words
	[GP_NOTIFY]=lines
	[GP_SCRUB_BUDGET]=words
	[GP_READ_PRICE]=words
)

# args_common ARG...: takes the options that every pipeline has, wherever they
# stand before "--"; what is left is in ARGS. Sets CONF_FILE, and VERBOSE to 1
# or nothing; exports GP_ARCHIVE for -C. --help prints what the pipeline's
# function `usage` does, and these options.
# shellcheck disable=SC2034 # the pipelines read VERBOSE
args_common() {
	ARGS=() CONF_FILE='' VERBOSE=''
	while [ $# -gt 0 ]; do
		case $1 in
		-c | --conf | -C | --archive)
			[ $# -gt 1 ] || die 2 "$1 needs a value; see --help"
			;;&
		-c | --conf) CONF_FILE=$2 && shift ;;
		-C | --archive)
			[ -n "$2" ] || die 2 "$1 needs the name of a folder; see --help"
			export GP_ARCHIVE=$2 && shift
			;;
		-v | --verbose) VERBOSE=1 ;;
		--help)
			usage
			cat <<-'END'
				  -c, --conf FILE    gp.conf (GP_CONF, ~/.config/gp/gp.conf, /etc/gp.conf)
				  -C, --archive DIR  the archive (GP_ARCHIVE, ~/gp-archive)
				  -v, --verbose      say more
				      --help, --version
			END
			exit 0
			;;
		--version)
			printf '%s %s\n' "${0##*/}" "$(gp-index --version | sed 's/^[^ ]* //')"
			exit 0
			;;
		--)
			ARGS+=("$@")
			break
			;;
		*) ARGS+=("$1") ;;
		esac
		shift
	done
}

# option_unknown OPTION: ends the program
option_unknown() {
	die 2 "unknown option $1; see --help"
}

# conf_file: prints which gp.conf is read; nothing where there is none
conf_file() {
	local file
	for file in "$CONF_FILE" "${GP_CONF:-}"; do
		if [ -n "$file" ]; then
			[ -f "$file" ] || die 2 "$file: there is no such file"
			printf '%s' "$file"
			return
		fi
	done
	for file in "${XDG_CONFIG_HOME:-$HOME/.config}/gp/gp.conf" /etc/gp.conf; do
		if [ -e "$file" ]; then
			printf '%s' "$file"
			return
		fi
	done
}

# conf_wrong NAME VALUE: prints what is wrong with the value, if anything
conf_wrong() {
	local name=$1 value=$2
	case $name in
	GP_TAKEOUT_KEEP)
		[[ $value =~ ^(yes|no)$ ]] || echo "must be yes or no"
		;;
	GP_TAKEOUT_DELETE_AFTER)
		[[ $value =~ ^(never|[1-9][0-9]?)$ ]] ||
			echo "must be never, or a number of proved copies"
		;;
	GP_DRILL_DAYS | GP_SAFE_DAYS | GP_SAFE_COPIES)
		[[ $value =~ ^[1-9][0-9]{0,4}$ ]] || echo "must be a number from 1"
		;;
	GP_SAFE_OFFSITE)
		[[ $value =~ ^[0-9]{1,2}$ ]] || echo "must be a number"
		;;
	GP_DISC_PARITY)
		[[ $value =~ ^([0-9]|[1-9][0-9]|100)$ ]] || echo "must be 0 to 100 (percent)"
		;;
	GP_DISC_CAPACITY)
		[[ $value =~ ^(bd25|bd50|bd100|bd128|dvd|[1-9][0-9]{0,14})$ ]] ||
			echo "must be bd25, bd50, bd100, bd128, dvd or a number of bytes"
		;;
	GP_DISC_THRESHOLD)
		[[ $value =~ ^[0-9]{1,15}(\.[0-9]{1,3})?[KMGT]?$ ]] ||
			echo "must be a size, as 80G"
		;;
	GP_DISC_LABEL)
		[[ $value =~ ^[A-Z0-9_]{1,20}$ ]] ||
			echo "must be 1 to 20 capital letters, digits and _"
		;;
	GP_BANDWIDTH)
		[[ $value =~ ^([0-9]{1,9}(\.[0-9]{1,3})?[KMG]?)?$ ]] ||
			echo "must be bytes a second, as 300K or 10M"
		;;
	GP_SCRUB_BUDGET)
		[[ $value != =* && ${value##*=} =~ ^([0-9]{1,15}(\.[0-9]{1,3})?[KMGT]?|[0-9]{1,3}(\.[0-9]{1,3})?%)$ ]] ||
			echo "must be a share or a size, as 5% or 2G or b2:photos=2G"
		;;
	GP_READ_PRICE)
		[[ $value != =* && ${value##*=} =~ ^[0-9]{1,9}(\.[0-9]{1,6})?$ ]] ||
			echo "must be what a GB costs, as 0.01 or b2:photos=0.01"
		;;
	GP_REMOTES | GP_TAKEOUT_REMOTE)
		# lists are split by now: a blank is the path's own, as in
		# Dropbox's "Apps/Google Download Your Data"
		[[ -z $value || $value == *:* || $value == /* ]] ||
			echo "must be a remote of rclone's, as wasabi:photos"
		;;
	GP_NOTIFY)
		[[ $value =~ ^(mail|smtp|ntfy|gotify|webhook|ping):. ]] ||
			echo "must begin with mail:, smtp:, ntfy:, gotify:, webhook: or ping:"
		[[ $value != gotify:* || $value == gotify:/* ]] ||
			echo "must name a file of settings for curl, as gotify:/etc/gp-gotify"
		;;
	esac
}

# conf_value TEXT: the value of a line in REPLY: blanks around it and one pair
# of quotes taken off. Nothing in it is expanded.
conf_value() {
	REPLY=$1
	REPLY=${REPLY#"${REPLY%%[![:space:]]*}"}
	REPLY=${REPLY%"${REPLY##*[![:space:]]}"}
	case $REPLY in
	\"*\" | \'*\') [ "${#REPLY}" -lt 2 ] || REPLY=${REPLY:1:-1} ;;
	esac
}

# conf_set WHERE NAME VALUE: checks and keeps one value; WHERE is for messages
conf_set() {
	local where=$1 name=$2 value=$3 wrong words
	[ -n "$name" ] || die 2 "$where: not NAME=value"
	if [ -n "${CONF_DEFAULTS[$name]+is}" ]; then
		[ -z "${conf_seen[$name]:-}" ] || die 2 "$where: $name stands twice"
	elif [ -z "${CONF_LISTS[$name]:-}" ]; then
		die 2 "$where: $name: there is no such name in gp.conf; see gp.conf(5)"
	fi
	conf_seen[$name]=1
	if [ "${CONF_LISTS[$name]:-}" = words ]; then
		read -r -a words <<<"$value" || true
	else
		words=("$value")
	fi
	for value in "${words[@]}"; do
		wrong=$(conf_wrong "$name" "$value")
		[ -z "$wrong" ] || die 2 "$where: $name=$value: $wrong"
		[ -z "${CONF_LISTS[$name]:-}" ] || [ -n "$value" ] || continue
		conf_once "$where" "$name" "$value"
		conf_values+=("$name" "$value")
	done
}

# conf_once WHERE NAME VALUE: ends the program where a list that has a value a remote has
# two for one, in gp.conf or in the environment, which takes the place of that
conf_once() {
	local remote='' key
	[[ $2 =~ ^(GP_SCRUB_BUDGET|GP_READ_PRICE)$ ]] || return 0
	[[ $3 != *=* ]] || remote=${3%=*}
	key="${1%: line *}: $2 $remote"
	[ "${conf_seen[$key]-$3}" = "$3" ] ||
		die 2 "$1: $2 has two values for ${remote:-all remotes}: ${conf_seen[$key]} and $3"
	conf_seen[$key]=$3
}

# conf_lines FILE: reads the lines of gp.conf
conf_lines() {
	local file=$1 line number=0 name
	while IFS= read -r line || [ -n "$line" ]; do
		number=$((number + 1))
		[ "$number" -gt 1 ] || line=${line#$'\xef\xbb\xbf'}
		line=${line%$'\r'}
		[[ ! $line =~ ^[[:space:]]*(#.*)?$ ]] || continue
		[[ $line == *=* ]] ||
			die 2 "$file: line $number: not NAME=value"
		conf_value "${line%%=*}"
		name=$REPLY
		conf_value "${line#*=}"
		conf_set "$file: line $number" "$name" "$REPLY"
	done <"$file"
}

# conf_env: what the environment says of a name takes the place of what
# gp.conf says of it
conf_env() {
	local name line i kept=()
	for name in "${!CONF_DEFAULTS[@]}" "${!CONF_LISTS[@]}"; do
		[ -n "${!name:-}" ] || continue
		[ -n "${CONF_LISTS[$name]:-}" ] || [[ ${!name} != *$'\n'* ]] ||
			die 2 "$name has a line end in it: choose another name"
		kept=()
		for ((i = 0; i < ${#conf_values[@]}; i += 2)); do
			[ "${conf_values[i]}" = "$name" ] ||
				kept+=("${conf_values[i]}" "${conf_values[i + 1]}")
		done
		conf_values=("${kept[@]}")
		unset "conf_seen[$name]"
		while IFS= read -r line; do
			conf_set "the environment" "$name" "$line"
		done <<<"${!name}"
	done
}

# conf_read: the settings of this run: environment, gp.conf, defaults. Scalars
# become variables of their names (those that the tools read are exported),
# lists become arrays NAME_LIST. Ends the program with 2 on what it does not
# understand. Call args_common first.
conf_read() {
	local file name i conf_values=()
	declare -gA conf_seen=()
	file=$(conf_file) || exit
	if [ -n "$file" ]; then
		[ -r "$file" ] || die 2 "$file: can't be read by you"
		conf_lines "$file"
	fi
	conf_env
	for name in "${!CONF_DEFAULTS[@]}"; do
		declare -g "$name=${CONF_DEFAULTS[$name]}"
	done
	for name in "${!CONF_LISTS[@]}"; do
		declare -g -a "${name}_LIST=()"
	done
	for ((i = 0; i < ${#conf_values[@]}; i += 2)); do
		conf_keep "${conf_values[i]}" "${conf_values[i + 1]}"
	done
	export GP_ARCHIVE=${GP_ARCHIVE:-$HOME/gp-archive}
	[[ $GP_ARCHIVE == /* ]] || GP_ARCHIVE=$PWD/$GP_ARCHIVE
	for name in GP_INDEX GP_ACCOUNT; do
		if [ -n "${!name}" ]; then export "${name?}"; else unset "$name"; fi
	done
	CONF_FILE=$file
}

# conf_given NAME: whether gp.conf or the environment names it
conf_given() {
	[ -n "${conf_seen[$1]:-}" ]
}

# conf_keep NAME VALUE: one value into its variable or array
conf_keep() {
	local name=$1 value=$2
	case $name in
	GP_ARCHIVE | GP_INDEX) [[ $value != \~/* ]] || value=$HOME/${value:2} ;;
	esac
	if [ -n "${CONF_LISTS[$name]:-}" ]; then
		local -n list=${name}_LIST
		list+=("$value")
	else
		declare -g "$name=$value"
	fi
}
