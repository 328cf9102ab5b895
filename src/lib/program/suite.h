/*
 * The commands that messages of the library tell a person to type. The library
 * knows no tool: suite.c, which lies outside of it and with which each tool is
 * linked, has the words.
 */
#ifndef GP_LIB_PROGRAM_SUITE_H
#define GP_LIB_PROGRAM_SUITE_H

struct suite {
	/* the index */
	const char *index; /* the tool that alone writes it */
	const char *init; /* makes an archive, or its index */
	const char *restore; /* puts a backup of the index back */
	const char *rebuild; /* makes the index anew from the archive */
	const char *check; /* looks what is wrong with the index */
	const char *stats; /* opens the index, so that it is brought in order */
	/* the sign-in */
	const char *token; /* prints a token; where $GP_TOKEN_CMD is not set */
	const char *login; /* signs in */
	const char *status; /* tells who is signed in */
};

extern const struct suite suite;

#endif
