// The events of Nexmark: people register, open auctions and bid. One mixed stream of JSON lines, told apart by "type"; times are milliseconds since 1970.
using System.Text.Json.Serialization;

namespace StreamLinq.Benchmarks.Nexmark;

[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Person), "person")]
[JsonDerivedType(typeof(Auction), "auction")]
[JsonDerivedType(typeof(Bid), "bid")]
public abstract record Event(DateTimeOffset DateTime, long Seq);

public sealed record Person(long Id, string Name, string EmailAddress, string CreditCard, string City, string State, DateTimeOffset DateTime, string Extra, long Seq) : Event(DateTime, Seq);

public sealed record Auction(
    long Id, string ItemName, string Description, long InitialBid, long Reserve, DateTimeOffset DateTime, DateTimeOffset Expires, long Seller, long Category, string Extra, long Seq) : Event(DateTime, Seq);

public sealed record Bid([property: JsonPropertyName("auction")] long AuctionId, long Bidder, long Price, string Channel, string Url, DateTimeOffset DateTime, string Extra, long Seq) : Event(DateTime, Seq);
