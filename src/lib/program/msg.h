/*
 * Messages for people, on stderr: "PROGRAM: IMG_1.jpg: reason". Each is one
 * write(2), so that five stages may talk at once; control bytes become '?'.
 */
#ifndef GP_LIB_PROGRAM_MSG_H
#define GP_LIB_PROGRAM_MSG_H

/* How much to say: 0 problems and what a person must know, 1 (-v) each
 * action, 2 (-vv) each request. Tokens are in none of them. */
extern int msg_level;

/* Names the tool (kept, not copied), opens fds 0 to 2 if they are closed. */
void msg_init(const char *tool);

/* The name given to msg_init(). */
const char *msg_tool(void);

/* Says "tool: SUBJECT: text", or "tool: text" where SUBJECT is NULL. */
void msg(const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The same, only if msg_level is at least LEVEL. */
void msg_at(int level, const char *subject, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Says it and exits 2: for memory and the record stream alone. */
_Noreturn void msg_die(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#endif
