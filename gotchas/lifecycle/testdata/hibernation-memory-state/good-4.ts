export class Plaza implements DurableObject {
  seats = new Map<string, { name: string; x: number }>();
  links: { socket: WebSocket }[] = [];

  constructor(private readonly state: DurableObjectState) {}

  async fetch(): Promise<Response> {
    const { 0: client, 1: server } = new WebSocketPair();
    this.join(server);
    return new Response(null, { status: 101, webSocket: client });
  }

  // A connection that is accepted like this ends with the memory, and so does what belongs to it.
  private join(socket: WebSocket): void {
    socket.accept();
    const id = crypto.randomUUID();
    const link = { socket };
    this.links.push(link);
    socket.addEventListener("message", ({ data }) => {
      this.seats.set(id, { name: String(data), x: 0 }); // ok
      for (const other of this.links) other.socket.send(JSON.stringify([...this.seats.values()]));
    });
    socket.addEventListener("close", () => {
      this.leave(id);
      this.links = this.links.filter((one) => one !== link); // ok
    });
  }

  private leave(id: string): void {
    this.seats.delete(id);
  }
}
