#include "tests/testing/sandbox_outbox.h"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/check.h"

namespace cardvault::testing {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::string ObjectOf(const std::vector<std::pair<std::string, std::string>>& members) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  for (const auto& [name, value] : members) {
    writer.Key(name.c_str());
    writer.String(value);
  }
  writer.EndObject();
  return buffer.GetString();
}

}  // namespace

std::vector<SandboxNotification> SandboxOutbox::Of(const std::string& order) const {
  rapidjson::Document document;
  document.Parse(sandbox_.Get(port_, "/sandbox/notifications"));
  CV_CHECK(document.IsArray());
  std::vector<SandboxNotification> notifications;
  for (const rapidjson::Value& entry : document.GetArray()) {
    if (entry["order"].GetString() != order) continue;
    SandboxNotification notification{entry["number"].GetInt(), order, {}, ""};
    notification.body.assign(entry["body"].GetString(), entry["body"].GetStringLength());
    for (const auto& member : entry["headers"].GetObject()) {
      v1::HttpHeader header;
      header.set_name(member.name.GetString());
      header.set_value(member.value.GetString());
      notification.headers.push_back(header);
    }
    notifications.push_back(std::move(notification));
  }
  return notifications;
}

void SandboxOutbox::Settle(const std::string& order, const std::string& state) const {
  sandbox_.Post(port_, "/sandbox/settle", ObjectOf({{"order", order}, {"state", state}}));
}

SandboxNotification SandboxOutbox::Forge(const std::string& order, const std::string& what) const {
  const size_t before = Of(order).size();
  sandbox_.Post(port_, "/sandbox/notifications/forge",
                ObjectOf({{"order", order}, {"what", what}}));
  const std::vector<SandboxNotification> all = Of(order);
  CV_CHECK(all.size() == before + 1);
  return all.back();
}

bool SandboxOutbox::Accepts(int number, const v1::HttpAnswer& answer) const {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("number");
  writer.Int(number);
  writer.Key("status");
  writer.Int(answer.status());
  writer.Key("headers");
  writer.StartObject();
  for (const v1::HttpHeader& header : answer.headers()) {
    writer.Key(header.name().c_str());
    writer.String(header.value());
  }
  writer.EndObject();
  writer.Key("body");
  writer.String(answer.body());
  writer.EndObject();
  rapidjson::Document document;
  document.Parse(sandbox_.Post(port_, "/sandbox/notifications/acknowledge", buffer.GetString()));
  CV_CHECK(document.IsObject());
  const auto found = document.FindMember("acknowledged");
  return found != document.MemberEnd() && found->value.IsTrue();
}

}  // namespace cardvault::testing
