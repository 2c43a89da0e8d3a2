// SPDX-License-Identifier: BSD-2-Clause
#include "log/log.h"

#include <utility>

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "log/writer.h"

namespace mediaplane {
namespace {

class Sink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Sink(std::shared_ptr<Writer> writer) : writer_(std::move(writer)) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    writer_->write(STDERR_FILENO, {text.data(), text.size()});
  }
  void flush_() override {}

 private:
  std::shared_ptr<Writer> writer_;
};

ssize_t write_stream(void* writer, const char* bytes, std::size_t size) {
  static_cast<Writer*>(writer)->write(STDERR_FILENO, {bytes, size});
  return static_cast<ssize_t>(size);
}

}  // namespace

Log::Log(const std::string& program) : writer_(std::make_shared<Writer>()) {
  auto logger = std::make_shared<spdlog::logger>(program, std::make_shared<Sink>(writer_));
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %n[%P] %l: %v");
  spdlog::set_default_logger(std::move(logger));
  stream_ = fopencookie(writer_.get(), "w", {nullptr, write_stream, nullptr, nullptr});
  if (stream_ != nullptr) setvbuf(stream_, nullptr, _IOLBF, BUFSIZ);
}

// The stream stays: it is not known who still holds it.
Log::~Log() {
  if (stream_ != nullptr) std::fflush(stream_);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("nowhere"));
}

void Log::print(std::string text) const { writer_->write(STDOUT_FILENO, std::move(text)); }

}  // namespace mediaplane
