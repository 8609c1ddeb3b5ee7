#include "broker/wire/zmq_context.h"

#include <zmq.h>

#include "broker/base/check.h"

namespace sam::wire {

ZmqContext::ZmqContext(int io_threads) : context_(zmq_ctx_new()) {
  SAM_CHECK(context_ != nullptr);
  zmq_ctx_set(context_, ZMQ_IO_THREADS, io_threads);
  // One per peer and side channel; the default of 1023 is below a region's number of peers.
  zmq_ctx_set(context_, ZMQ_MAX_SOCKETS, 16'384);
  zmq_ctx_set(context_, ZMQ_BLOCKY, 0);  // LINGER 0 by default: unsent frames are sent again later
}

ZmqContext::~ZmqContext() { zmq_ctx_term(context_); }

}  // namespace sam::wire
