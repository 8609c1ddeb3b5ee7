#include "tests/bench/lab.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "broker/base/check.h"
#include "broker/base/random.h"
#include "broker/crypto/secret.h"
#include "broker/crypto/sign.h"
#include "tests/bench/measure.h"

namespace sam::bench {
namespace {

std::array<uint16_t, 5> FreePorts() {
  std::array<uint16_t, 5> ports{};
  std::array<int, 5> fds{};
  for (size_t i = 0; i < ports.size(); ++i) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof at;
    SAM_CHECK(bind(fds[i], reinterpret_cast<sockaddr*>(&at), size) == 0);
    SAM_CHECK(getsockname(fds[i], reinterpret_cast<sockaddr*>(&at), &size) == 0);
    ports[i] = ntohs(at.sin_port);
  }
  for (const int fd : fds) close(fd);
  return ports;
}

void Write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::trunc) << text;
}

std::string Tcp(uint16_t port) { return "\"tcp://127.0.0.1:" + std::to_string(port) + "\"\n"; }

std::string MakeKey(const std::string& folder, const std::string& name) {
  const wire::CurveKeys keys = wire::CurveKeys::Generate();
  SAM_CHECK(keys.ToFile(folder + "/keys/" + name + ".curve").ok());
  SAM_CHECK(SecretKey::Random().ToFile(folder + "/keys/" + name + ".kek").ok());
  return keys.public_key();
}

std::string Peer(const std::string& name, const std::string& role, const std::string& key,
                 const std::string& rest) {
  return "[[peer]]\nname = \"" + name + "\"\nrole = \"" + role + "\"\nkey = \"" + key +
         "\"\nsystems = [\"" + name + "\"]\ncontrollers = [\"2321000198\"]\n" + rest + "\n";
}

int Dial(uint16_t port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

std::string HttpGet(uint16_t port, std::string_view path) {
  const int fd = Dial(port);
  if (fd < 0) return "";
  const std::string request = "GET " + std::string(path) +
                              " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  std::string reply;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
    std::array<char, 65536> buffer;
    for (ssize_t n = 0; (n = recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
      reply.append(buffer.data(), static_cast<size_t>(n));
  }
  close(fd);
  return reply;
}

std::string MakeFolder(const std::string& base) {
  std::string name = base + "/bench.XXXXXX";
  return mkdtemp(name.data()) == nullptr ? "" : name;
}

Lab::Lab(std::string folder, std::string build, std::string source)
    : folder_(std::move(folder)), build_(std::move(build)), source_(std::move(source)) {
  const auto ports = FreePorts();
  ingress_ = ports[0];
  delivery_ = ports[1];
  http_ = ports[2];
  mllp_ = ports[3];
  adapter_http_ = ports[4];
  for (const char* name : {"keys", "run", "adapter"}) {
    std::filesystem::create_directory(folder_ + "/" + name);
    std::filesystem::permissions(folder_ + "/" + name, std::filesystem::perms::owner_all);
  }
  WriteConfig();
}

Lab::~Lab() {
  Stop(inbox_);
  Stop(adapter_);
  Stop(hub_);
}

void Lab::WriteConfig() {
  hub_key_ = MakeKey(folder_, "hub");
  SAM_CHECK(SigningKey::Generate().ToFile(folder_ + "/keys/hub.checkpoint").ok());
  std::string peers = Peer("cosmic-bvc", "source", MakeKey(folder_, "cosmic-bvc"), "");
  for (int i = 1; i <= kSources; ++i) {
    const std::string name = "source" + std::to_string(i);
    peers += Peer(name, "source", MakeKey(folder_, name), "");
  }
  peers += Peer("forebyggande", "subscriber", MakeKey(folder_, "forebyggande"),
                "functions = [\"bollnas.forebyggande\"]\n");
  Write(folder_ + "/peers.toml", peers);
  const std::string demo = source_ + "/deploy/config/demo/";
  Write(folder_ + "/hub.toml",
        "environment = \"test\"\ndata_dir = \"hub\"\nadmin_socket = \"run/hub.sock\"\n"
        "ingress_endpoint = " + Tcp(ingress_) + "delivery_endpoint = " + Tcp(delivery_) +
            "http_endpoint = \"127.0.0.1:" + std::to_string(http_) + "\"\n" +
            "[files]\ndirectory = \"" + demo + "directory.toml\"\nagreements = \"" + demo +
            "agreements.toml\"\nprogrammes = \"" + demo + "programmes.toml\"\nrules = \"" + demo +
            "rules.toml\"\npeers = \"peers.toml\"\n"
            "[keys]\ncurve_secret = \"keys/hub.curve\"\nkek = \"keys/hub.kek\"\n"
            "checkpoint_signing = \"keys/hub.checkpoint\"\n"
            "[limits]\ncredit_messages = 1024\n[disk]\nlow_water_mb = 64\nreserve_mb = 16\n");
  Write(folder_ + "/adapter.toml",
        "[source]\nsystem_id = \"cosmic-bvc\"\norg_nr = \"2321000198\"\n"
        "board = \"Hälso- och sjukvårdsnämnden\"\nunit_hsa_id = \"SE2321000198-BVCTEST\"\n"
        "zone = \"Europe/Stockholm\"\nenvironment = \"test\"\n"
        "[listen]\naddress = \"127.0.0.1:" + std::to_string(mllp_) + "\"\n" +
            "[mapping]\nfile = \"" + source_ + "/adapters/bvc/mappings/bvc-hl7v2.toml\"\n" +
            "[store]\npath = \"adapter/store\"\nkey_file = \"keys/cosmic-bvc.kek\"\n"
            "low_disk_mb = 16\n[hub]\nendpoint = " + Tcp(ingress_) + "public_key = \"" + hub_key_ +
            "\"\nkey_file = \"keys/cosmic-bvc.curve\"\n[admin]\nsocket = \"run/adapter.sock\"\n"
            "[http]\nendpoint = \"127.0.0.1:" + std::to_string(adapter_http_) + "\"\n");
  Write(folder_ + "/inbox.toml",
        "system_id = \"forebyggande\"\nfunction = \"bollnas.forebyggande\"\nstore = \"inbox\"\n"
        "admin_socket = \"run/inbox.sock\"\nwindow_messages = 256\n"
        "[controller]\norg_nr = \"2120002361\"\nboard = \"Socialnämnden\"\n"
        "[hub]\ndelivery = " + Tcp(delivery_) + "ingress = " + Tcp(ingress_) +
            "public_key = \"" + hub_key_ + "\"\n[keys]\ncurve = \"keys/forebyggande.curve\"\n"
            "kek = \"keys/forebyggande.kek\"\n");
}

pid_t Lab::Spawn(const std::string& name, const std::vector<std::string>& argv, int* out_fd) {
  std::array<int, 2> pipe_fds{-1, -1};
  if (out_fd != nullptr) SAM_CHECK(pipe2(pipe_fds.data(), O_CLOEXEC) == 0);
  const std::string log = folder_ + "/" + name + ".log";
  std::vector<char*> args;
  args.reserve(argv.size() + 1);
  for (const std::string& one : argv) args.push_back(const_cast<char*>(one.c_str()));
  args.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  SAM_CHECK(pid >= 0);
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(75);
    const int log_fd = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log_fd, 2);
    dup2(out_fd != nullptr ? pipe_fds[1] : log_fd, 1);
    execv(args[0], args.data());
    _exit(69);
  }
  if (out_fd != nullptr) {
    close(pipe_fds[1]);
    *out_fd = pipe_fds[0];
  }
  return pid;
}

Status Lab::WaitFor(const std::string& name, pid_t pid, uint16_t port,
                    std::string_view path) const {
  const int64_t give_up = NowMicros() + 30'000'000;
  while (NowMicros() < give_up) {
    int state = 0;
    if (waitpid(pid, &state, WNOHANG) != 0)
      return Unavailable(name + " ended: " + LogTail(name));
    if (HttpGet(port, path).find("200 OK") != std::string::npos) return Ok();
    usleep(20'000);
  }
  return Unavailable(name + " is not ready after 30 s: " + LogTail(name));
}

Status Lab::StartHub() {
  hub_ = Spawn("samsignald", {build_ + "/broker/samsignald", folder_ + "/hub.toml"}, nullptr);
  return WaitFor("samsignald", hub_, http_, "/readyz");
}

Status Lab::StartAdapter() {
  adapter_ = Spawn("samsignal-adapter",
                   {build_ + "/adapters/program/samsignal-adapter", "run", folder_ + "/adapter.toml"},
                   nullptr);
  return WaitFor("samsignal-adapter", adapter_, adapter_http_, "/readyz");
}

Status Lab::StartInbox(int* line_fd) {
  inbox_ = Spawn("samsignal-inbox",
                 {build_ + "/adapters/inbox/samsignal-inbox", "run", folder_ + "/inbox.toml",
                  "--ndjson"},
                 line_fd);
  return Ok();
}

void Lab::StopInbox() { Stop(inbox_); }

void Lab::Stop(pid_t& pid) {
  if (pid <= 0) return;
  kill(pid, SIGTERM);
  for (int i = 0; i < 500; ++i) {
    if (waitpid(pid, nullptr, WNOHANG) != 0) {
      pid = 0;
      return;
    }
    usleep(20'000);
  }
  kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
  pid = 0;
}

Result<std::unique_ptr<wire::ZmqClientLink>> Lab::Connect(wire::ZmqContext& context,
                                                          const std::string& peer, bool delivery,
                                                          const Clock& clock) const {
  wire::ClientOptions options;
  options.endpoint = "tcp://127.0.0.1:" + std::to_string(delivery ? delivery_ : ingress_);
  options.server_key = hub_key_;
  SAM_ASSIGN(options.keys, wire::CurveKeys::FromFile(folder_ + "/keys/" + peer + ".curve"));
  return wire::ZmqClientLink::Open(context, std::move(options), clock, Random::FromKernel());
}

int64_t Lab::Lag() const {
  const std::string page = HttpGet(http_, "/metrics");
  const std::string name = "\nsamsignal_dispatch_lag_records ";
  const size_t at = page.find(name);
  if (at == std::string::npos) return -1;
  return static_cast<int64_t>(std::strtod(page.c_str() + at + name.size(), nullptr));
}

void Lab::Settle() const {
  const int64_t give_up = NowMicros() + 120'000'000;
  for (int quiet = 0; quiet < 3 && NowMicros() < give_up;) {
    quiet = Lag() == 0 ? quiet + 1 : 0;
    usleep(50'000);
  }
}

std::string Lab::LogTail(const std::string& name) const {
  std::ifstream file(folder_ + "/" + name + ".log");
  std::stringstream text;
  text << file.rdbuf();
  const std::string all = text.str();
  return all.size() > 1000 ? all.substr(all.size() - 1000) : all;
}

}  // namespace sam::bench
