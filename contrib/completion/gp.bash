# Completion of gp's tools for bash; one file for all of them. Source it, or
# let make install put it where bash-completion looks.
# shellcheck shell=bash

# What TOOL understands: options, then words.
_gp_words() {
	case $1 in
	gp-auth) echo "-C -v --account --client --help --version login token status revoke" ;;
	gp-fetch) echo "-C --archive -j --jobs --limit-rate --progress -v --verbose --help --version" ;;
	gp-hash) echo "-C --archive -j --check --root -v --verbose --help --version" ;;
	gp-index) echo "-C --archive -n --new --record --folder --export --album" \
		"--unpacked --missing-from --disc --seen --accept --stats --check" \
		"--backup --rebuild -v --verbose --help --version" ;;
	gp-list) echo "-C --archive --account --album --albums --limit --allow-empty" \
		"-v --verbose --help --version album: dir: library: picker: takeout:" ;;
	esac
}

# An archive's folders or a file, after the option that wants one; else words.
_gp() {
	local tool=${1##*/} word=$2 before=$3
	COMPREPLY=()
	case $before in
	-C | --archive | --root)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--client | --backup)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	-j | --jobs | --limit | --limit-rate | --account | --album | --folder | --disc | --missing-from | --seen | --accept)
		return
		;;
	esac
	# readline takes dir:FOLDER for two words: dir, and what follows ":"
	if [ "$tool" = gp-list ] && [ "${COMP_WORDS[COMP_CWORD]}" = : ] ||
		[ "$before" = : ]; then
		[ "$word" = : ] && word=
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$(_gp_words "$tool")" -- "$word")
	if [ "$tool" = gp-hash ] && [[ $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _gp gp-auth gp-fetch gp-hash gp-index gp-list
