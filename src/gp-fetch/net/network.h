/* One thread of the network: a curl multi handle and its transfers. */
#ifndef GP_FETCH_NET_NETWORK_H
#define GP_FETCH_NET_NETWORK_H

/* WORKER is a struct worker with its multi handle made. */
void *network_run(void *worker);

#endif
