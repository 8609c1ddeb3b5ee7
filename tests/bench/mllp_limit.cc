#include "tests/bench/mllp_limit.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <rocksdb/db.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/base/check.h"
#include "broker/base/text.h"

namespace sam::bench {
namespace {

constexpr std::string_view kEnd = "\x1c\r";
constexpr std::string_view kAnswer = "\x0bMSA|AA|\r\x1c\r";

struct Line {
  int fd = -1;
  std::string bytes;
  bool waiting = false;
};

// Reads what is there and puts whole frames into the batch. False: the other end is gone.
bool Read(Line& line, uint64_t& next, rocksdb::WriteBatch& batch) {
  std::array<char, 65536> buffer;
  const ssize_t n = recv(line.fd, buffer.data(), buffer.size(), 0);
  if (n <= 0) return false;
  line.bytes.append(buffer.data(), static_cast<size_t>(n));
  for (size_t end = 0; (end = line.bytes.find(kEnd)) != std::string::npos;) {
    SAM_CHECK(batch.Put(BigEndian64(next++), rocksdb::Slice(line.bytes.data(), end)).ok());
    line.bytes.erase(0, end + kEnd.size());
    line.waiting = true;
  }
  return true;
}

}  // namespace

MllpLimit::MllpLimit(const std::string& directory)
    : listen_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  SAM_CHECK(bind(listen_, reinterpret_cast<sockaddr*>(&at), size) == 0);
  SAM_CHECK(listen(listen_, 128) == 0);
  SAM_CHECK(getsockname(listen_, reinterpret_cast<sockaddr*>(&at), &size) == 0);
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this, directory] { Run(directory); });
}

MllpLimit::~MllpLimit() {
  stop_ = true;
  thread_.join();
  close(listen_);
}

void MllpLimit::Run(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  SAM_CHECK(rocksdb::DB::Open(options, directory, &db).ok());
  rocksdb::WriteOptions sync;
  sync.sync = true;
  uint64_t next = 0;
  std::vector<Line> lines;
  std::vector<pollfd> items{{listen_, POLLIN, 0}};
  while (!stop_) {
    poll(items.data(), items.size(), 50);
    rocksdb::WriteBatch batch;
    for (size_t i = lines.size(); i-- > 0;) {
      if (items[i + 1].revents == 0 || Read(lines[i], next, batch)) continue;
      close(lines[i].fd);
      lines.erase(lines.begin() + static_cast<ptrdiff_t>(i));
      items.erase(items.begin() + static_cast<ptrdiff_t>(i) + 1);
    }
    if (batch.Count() > 0) SAM_CHECK(db->Write(sync, &batch).ok());
    for (Line& line : lines)
      if (std::exchange(line.waiting, false))
        send(line.fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    if (items[0].revents == 0) continue;
    const int fd = accept4(listen_, nullptr, nullptr, SOCK_CLOEXEC);
    const int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    lines.push_back({fd, "", false});
    items.push_back({fd, POLLIN, 0});
  }
  for (const Line& line : lines) close(line.fd);
  delete db;
}

}  // namespace sam::bench
