# What a remote of rclone's stands on in the end. Source it after lib.sh.
# shellcheck shell=bash

# store_types: "NAME: TYPE" of every remote that rclone knows, in $types; it is
# asked once
store_types() {
	[ -z "${types:-}" ] || return 0
	types=$(rclone --ask-password=false listremotes --long 2>/dev/null) || types=
}

# store_type REMOTE: the type of the store that has its bytes in the end, for a
# crypt may lie in a folder of this machine; nothing where that is not known
store_type() {
	local at=$1 name type turn
	for ((turn = 0; turn < 5; turn++)); do
		[[ $at == *:* && $at != /* ]] || break
		name=${at%%:*}
		type=$(type_of "$name")
		case $type in
		crypt | alias | chunker | compress | hasher | cache) at=$(wrapped "$name") ;;
		union | combine) return ;;
		*)
			printf '%s' "$type"
			return
			;;
		esac
	done
}

# store_below REMOTE: the store and the path in it where its bytes lie; nothing
# where that is not known, as of a folder within a crypt
store_below() {
	local at=$1 name path turn
	for ((turn = 0; turn < 5; turn++)); do
		[[ $at == *:* && $at != /* ]] || return 0
		name=${at%%:*} path=${at#*:}
		case $(type_of "$name") in
		crypt) [ -z "$path" ] || return 0 ;;
		alias) ;;
		*)
			printf '%s' "$at"
			return
			;;
		esac
		at=$(wrapped "$name")
		[ -z "$path" ] || at=${at%/}/$path
	done
}

# type_of NAME
type_of() {
	awk -v name="$1:" '$1 == name { print $2 }' <<<"$types"
}

# wrapped NAME: what this remote stands on; of its settings this line alone is read
wrapped() {
	local variable=RCLONE_CONFIG_${1^^}_REMOTE
	variable=${variable//[^A-Z0-9_]/_}
	if [ -n "${!variable:-}" ]; then
		printf '%s' "${!variable}"
	else
		rclone --ask-password=false config show "$1" 2>/dev/null | sed -n 's/^remote = //p'
	fi
}
