#include "tests/bench/limit.h"

#include <rocksdb/db.h>
#include <zmq.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include "broker/base/check.h"
#include "broker/base/text.h"

namespace sam::bench {
namespace {

std::string Receive(void* socket, bool* more) {
  zmq_msg_t message;
  zmq_msg_init(&message);
  std::string out;
  if (zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0)
    out.assign(static_cast<const char*>(zmq_msg_data(&message)), zmq_msg_size(&message));
  *more = zmq_msg_more(&message) != 0;
  zmq_msg_close(&message);
  return out;
}

}  // namespace

LimitServer::LimitServer(const std::string& directory)
    : context_(zmq_ctx_new()), router_(zmq_socket(context_, ZMQ_ROUTER)) {
  const int high_water = 4096;
  zmq_setsockopt(router_, ZMQ_RCVHWM, &high_water, sizeof high_water);
  zmq_setsockopt(router_, ZMQ_SNDHWM, &high_water, sizeof high_water);
  SAM_CHECK(zmq_bind(router_, "tcp://127.0.0.1:*") == 0);
  char endpoint[256];
  size_t size = sizeof endpoint;
  SAM_CHECK(zmq_getsockopt(router_, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0);
  endpoint_ = endpoint;
  thread_ = std::thread([this, directory] { Run(directory); });
}

LimitServer::~LimitServer() {
  stop_ = true;
  thread_.join();
  const int linger = 0;
  zmq_setsockopt(router_, ZMQ_LINGER, &linger, sizeof linger);
  zmq_close(router_);
  zmq_ctx_term(context_);
}

// One message in: 8 bytes of number and the record. One message out: the number, once it is synced.
void LimitServer::Run(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  SAM_CHECK(rocksdb::DB::Open(options, directory, &db).ok());
  rocksdb::WriteOptions sync;
  sync.sync = true;
  uint64_t next = 0;
  std::vector<std::pair<std::string, std::string>> waiting;
  while (!stop_) {
    zmq_pollitem_t item = {router_, 0, ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, 50);
    rocksdb::WriteBatch batch;
    waiting.clear();
    while (waiting.size() < 1024) {
      bool more = false;
      std::string route = Receive(router_, &more);
      if (route.empty()) break;
      const std::string record = Receive(router_, &more);
      if (record.size() < 8) continue;
      batch.Put(BigEndian64(next++), record);
      waiting.emplace_back(std::move(route), record.substr(0, 8));
    }
    if (waiting.empty()) continue;
    SAM_CHECK(db->Write(sync, &batch).ok());
    for (const auto& [route, number] : waiting) {
      zmq_send(router_, route.data(), route.size(), ZMQ_SNDMORE);
      zmq_send(router_, number.data(), number.size(), 0);
    }
  }
  delete db;
}

}  // namespace sam::bench
