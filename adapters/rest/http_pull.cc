#include "adapters/rest/http_pull.h"

#include <curl/curl.h>

#include <algorithm>
#include <deque>
#include <string_view>

namespace sam::rest {
namespace {

constexpr long kSlowBytes = 64;    // less than this a second ...
constexpr long kSlowSeconds = 20;  // ... for so long is a dead connection
constexpr size_t kMaxHeader = 200;
constexpr long kUploadBuffer = 128L << 10;

struct UrlCloser {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, UrlCloser>;

std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK || text == nullptr) return {};
  std::string out(text);
  curl_free(text);
  return out;
}

// A part that is read while it is sent.
struct Pieces {
  std::function<Result<std::string>()> next;
  std::string piece;
  size_t at = 0;
};

size_t OnPieces(char* to, size_t size, size_t count, void* from) {
  auto* pieces = static_cast<Pieces*>(from);
  if (pieces->at == pieces->piece.size()) {
    Result<std::string> next = pieces->next();
    if (!next.ok()) return CURL_READFUNC_ABORT;
    pieces->piece = std::move(next).value();
    pieces->at = 0;
  }
  const size_t bytes = pieces->piece.copy(to, size * count, pieces->at);
  pieces->at += bytes;
  return bytes;
}

class CurlPull final : public HttpPull {
 public:
  explicit CurlPull(HttpPullOptions options)
      : options_(std::move(options)), multi_(curl_multi_init()), easy_(curl_easy_init()) {}

  ~CurlPull() override {
    Cancel();
    if (easy_ != nullptr) curl_easy_cleanup(easy_);
    if (multi_ != nullptr) curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
    curl_slist_free_all(json_headers_);
  }
  CurlPull(const CurlPull&) = delete;
  CurlPull& operator=(const CurlPull&) = delete;

  Status Prepare();
  bool busy() const override { return busy_; }
  Status Start(const std::string& address, const Query& query) override;
  Status Post(const std::string& address, const Query& query, const Upload& upload) override;
  std::optional<HttpAnswer> Step(int wait_ms) override;
  void Cancel() override;

 private:
  static size_t OnBody(char* data, size_t size, size_t count, void* self);
  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  HttpAnswer Finish(CURLcode code);
  Status Aim(const std::string& address, const Query& query);
  bool Load(const Upload& upload);
  bool LoadForm(const Upload& upload);
  bool GiveTime(uint64_t bytes);
  Status Begin();
  void Unload();

  HttpPullOptions options_;
  CURLM* multi_ = nullptr;
  CURL* easy_ = nullptr;
  curl_slist* headers_ = nullptr;
  curl_slist* json_headers_ = nullptr;
  curl_mime* form_ = nullptr;
  std::deque<Pieces> pieces_;  // of the form; libcurl points at them
  bool busy_ = false;
  HttpAnswer answer_;
};

size_t CurlPull::OnBody(char* data, size_t size, size_t count, void* self) {
  auto* pull = static_cast<CurlPull*>(self);
  const size_t bytes = size * count;
  if (pull->answer_.body.size() + bytes > pull->options_.max_body_bytes) {
    pull->answer_.too_large = true;
    return 0;  // libcurl gives up
  }
  pull->answer_.body.append(data, bytes);
  return bytes;
}

size_t CurlPull::OnHeader(char* data, size_t size, size_t count, void* self) {
  auto* pull = static_cast<CurlPull*>(self);
  const size_t bytes = size * count;
  const std::string_view line(data, bytes);
  const std::string_view name = "date:";
  const bool is_date = line.size() > name.size() && line.size() < kMaxHeader &&
                       std::equal(name.begin(), name.end(), line.begin(), [](char a, char b) {
                         return a == (b >= 'A' && b <= 'Z' ? b + 32 : b);
                       });
  if (is_date) {
    const std::string value(line.substr(name.size()));
    const time_t seconds = curl_getdate(value.c_str(), nullptr);
    if (seconds > 0) pull->answer_.server_time = Millis(int64_t{seconds} * kSecondMs);
  }
  return bytes;
}

Status CurlPull::Prepare() {
  if (multi_ == nullptr || easy_ == nullptr) return Internal("libcurl cannot start");
  headers_ = curl_slist_append(headers_, "Accept: application/json");
  headers_ = curl_slist_append(headers_, "Expect:");  // do not ask first, and wait, for a POST
  json_headers_ = curl_slist_append(json_headers_, "Accept: application/json");
  json_headers_ = curl_slist_append(json_headers_, "Expect:");
  json_headers_ = curl_slist_append(json_headers_, "Content-Type: application/json; charset=utf-8");
  CURLcode code = CURLE_OK;
  const auto set = [&](CURLoption option, auto value) {
    const CURLcode one = curl_easy_setopt(easy_, option, value);
    if (code == CURLE_OK) code = one;
  };
  set(CURLOPT_PROTOCOLS_STR, options_.plain ? "http" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_NOPROGRESS, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a name server that is silent must not hold up a stop
  set(CURLOPT_VERBOSE, 0L);
  set(CURLOPT_PROXY, "");  // an environment variable would hand the keys of plain HTTP to a proxy
  set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_HTTPHEADER, headers_);
  set(CURLOPT_USERAGENT, "samsignal-adapter");
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout_ms));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout_ms));
  set(CURLOPT_LOW_SPEED_LIMIT, kSlowBytes);
  set(CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(options_.max_body_bytes));
  set(CURLOPT_WRITEFUNCTION, &CurlPull::OnBody);
  set(CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(CURLOPT_HEADERFUNCTION, &CurlPull::OnHeader);
  set(CURLOPT_HEADERDATA, static_cast<void*>(this));
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  if (!options_.client_cert.empty()) set(CURLOPT_SSLCERT, options_.client_cert.c_str());
  if (!options_.client_key.empty()) set(CURLOPT_SSLKEY, options_.client_key.c_str());
  if (code != CURLE_OK)
    return Invalid(std::string("libcurl does not take an option: ") + curl_easy_strerror(code));
  return Ok();
}

Status CurlPull::Aim(const std::string& address, const Query& query) {
  SAM_CHECK(!busy_);
  const Error wrong = Invalid("the address of the source cannot be built; check base_url");
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK) return wrong;
  for (const auto& [name, value] : query) {
    std::string pair = name;
    pair.append("=").append(value);
    if (curl_url_set(url.get(), CURLUPART_QUERY, pair.c_str(),
                     CURLU_APPENDQUERY | CURLU_URLENCODE) != CURLUE_OK)
      return wrong;
  }
  // libcurl keeps a copy of its own, which Cancel and Finish take away again.
  if (curl_easy_setopt(easy_, CURLOPT_URL, Part(url.get(), CURLUPART_URL).c_str()) != CURLE_OK)
    return wrong;
  return Ok();
}

Status CurlPull::Begin() {
  answer_ = HttpAnswer();
  if (curl_multi_add_handle(multi_, easy_) != CURLM_OK) return Internal("libcurl takes no request");
  busy_ = true;
  return Ok();
}

Status CurlPull::Start(const std::string& address, const Query& query) {
  SAM_TRY(Aim(address, query));
  return Begin();
}

Status CurlPull::Post(const std::string& address, const Query& query, const Upload& upload) {
  SAM_TRY(Aim(address, query));
  if (!Load(upload)) {
    Unload();
    return Internal("libcurl does not take what is to be sent");
  }
  Status begun = Begin();
  if (!begun.ok()) Unload();
  return begun;
}

// libcurl keeps copies of its own, which Unload takes away again.
bool CurlPull::Load(const Upload& upload) {
  const bool ok = curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 1L) == CURLE_OK &&
            curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK;
  if (upload.parts.empty())
    return ok && curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, json_headers_) == CURLE_OK &&
           curl_easy_setopt(easy_, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE,
                            static_cast<curl_off_t>(upload.json.size())) == CURLE_OK &&
           curl_easy_setopt(easy_, CURLOPT_COPYPOSTFIELDS, upload.json.c_str()) == CURLE_OK;
  return ok && LoadForm(upload);
}

bool CurlPull::LoadForm(const Upload& upload) {
  form_ = curl_mime_init(easy_);
  if (form_ == nullptr) return false;
  bool ok = true;
  uint64_t in_pieces = 0;
  for (const FormPart& part : upload.parts) {
    curl_mimepart* to = curl_mime_addpart(form_);
    ok = ok && to != nullptr && curl_mime_name(to, part.name.c_str()) == CURLE_OK;
    if (ok && part.next) {
      pieces_.push_back({part.next, {}, 0});
      in_pieces += part.size;
      ok = curl_mime_data_cb(to, static_cast<curl_off_t>(part.size), &OnPieces, nullptr, nullptr,
                             &pieces_.back()) == CURLE_OK;
    } else if (ok) {
      ok = curl_mime_data(to, part.value.data(), part.value.size()) == CURLE_OK;
    }
    if (ok && !part.file_name.empty())
      ok = curl_mime_filename(to, part.file_name.c_str()) == CURLE_OK &&
           curl_mime_type(to, part.type.c_str()) == CURLE_OK;
  }
  return ok && (in_pieces == 0 || GiveTime(in_pieces)) &&
         curl_easy_setopt(easy_, CURLOPT_MIMEPOST, form_) == CURLE_OK;
}

// A long file over a slow line; and whoever takes it may look for viruses before the answer.
bool CurlPull::GiveTime(uint64_t bytes) {
  const auto more_ms = static_cast<long>(bytes * kSecondMs / kSlowestPieces);
  const long quiet_s = std::max(kSlowSeconds, static_cast<long>(options_.timeout_ms) / 1000);
  return curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, options_.timeout_ms + more_ms) == CURLE_OK &&
         curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, quiet_s) == CURLE_OK &&
         curl_easy_setopt(easy_, CURLOPT_UPLOAD_BUFFERSIZE, kUploadBuffer) == CURLE_OK;
}

void CurlPull::Unload() {
  curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
  curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, 0L);
  curl_easy_setopt(easy_, CURLOPT_FORBID_REUSE, 0L);
  curl_easy_setopt(easy_, CURLOPT_MIMEPOST, nullptr);
  curl_easy_setopt(easy_, CURLOPT_COPYPOSTFIELDS, nullptr);
  curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(-1));
  curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout_ms));
  curl_easy_setopt(easy_, CURLOPT_LOW_SPEED_TIME, kSlowSeconds);
  curl_mime_free(form_);
  form_ = nullptr;
  pieces_.clear();
}

std::optional<HttpAnswer> CurlPull::Step(int wait_ms) {
  int running = 0;
  curl_multi_perform(multi_, &running);
  if (!busy_ || running > 0) {
    curl_multi_poll(multi_, nullptr, 0, std::max(0, wait_ms), nullptr);
    curl_multi_perform(multi_, &running);
  }
  if (!busy_) return std::nullopt;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    return Finish(message->data.result);
  }
  return std::nullopt;
}

HttpAnswer CurlPull::Finish(CURLcode code) {
  HttpAnswer out = std::move(answer_);
  answer_ = HttpAnswer();
  if (code == CURLE_FILESIZE_EXCEEDED) out.too_large = true;
  if (code == CURLE_OK) {
    long status = 0;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy_, CURLINFO_RETRY_AFTER, &retry_after);
    out.status = static_cast<int>(status);
    if (retry_after > 0) out.retry_after_s = static_cast<int64_t>(retry_after);
  } else {
    long sent = 0;
    curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent);
    out.unsent = sent == 0;
    // The fixed text for the code; CURLOPT_ERRORBUFFER would name hosts and more.
    out.failure =
        out.too_large ? "the answer is larger than max_body_mb" : curl_easy_strerror(code);
  }
  Cancel();
  return out;
}

void CurlPull::Cancel() {
  if (busy_) curl_multi_remove_handle(multi_, easy_);
  busy_ = false;
  if (easy_ == nullptr) return;
  curl_easy_setopt(easy_, CURLOPT_URL, nullptr);
  Unload();
}

}  // namespace

Result<BaseAddress> CheckBaseAddress(const std::string& text, bool allow_plain_loopback) {
  const Url url(curl_url());
  const unsigned flags = CURLU_DISALLOW_USER;
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), flags) != CURLUE_OK)
    return Invalid("an address such as https://ifo.example.se/apifc/v1/Extract, without user");
  if (!Part(url.get(), CURLUPART_QUERY).empty() || !Part(url.get(), CURLUPART_FRAGMENT).empty())
    return Invalid("an address without ? and #: keys belong in keys_file");
  const std::string scheme = Part(url.get(), CURLUPART_SCHEME);
  const std::string host = Part(url.get(), CURLUPART_HOST);
  BaseAddress out;
  out.text = text.substr(0, text.find_last_not_of('/') + 1);
  out.plain = scheme == "http";
  const bool loopback = host == "127.0.0.1" || host == "[::1]" || host == "localhost";
  if (scheme == "https" || (out.plain && loopback && allow_plain_loopback)) return out;
  return Invalid("an https address; http is for this very machine and allow_plain_loopback only");
}

Result<std::unique_ptr<HttpPull>> HttpPull::Make(HttpPullOptions options) {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return Internal("libcurl cannot start");
  auto out = std::make_unique<CurlPull>(std::move(options));
  SAM_TRY(out->Prepare());
  return std::unique_ptr<HttpPull>(std::move(out));
}

}  // namespace sam::rest
