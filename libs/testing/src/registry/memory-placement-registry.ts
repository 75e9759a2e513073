import type { Placement, PlacementOrder, PlacementRegistry } from '#registry';

export class MemoryPlacementRegistry implements PlacementRegistry {
  private readonly placements = new Map<string, Placement>();
  private readonly keys = new Map<string, string>();
  private readonly unsettled = new Set<string>();

  async create(order: PlacementOrder): Promise<{ created: boolean; placement: Placement }> {
    const before = this.placements.get(this.keys.get(order.idempotencyKey) ?? order.id);
    if (before !== undefined) return { created: false, placement: before };
    const placement: Placement = { ...order, state: 'running', revision: 1, rows: [] };
    this.placements.set(order.id, placement);
    this.keys.set(order.idempotencyKey, order.id);
    this.unsettled.add(order.id);
    return { created: true, placement };
  }

  async get(id: string): Promise<Placement | undefined> {
    return this.placements.get(id);
  }

  async save(placement: Placement): Promise<boolean> {
    const { id, revision } = placement;
    if (this.placements.get(id)?.revision !== revision) return false;
    this.placements.set(id, structuredClone({ ...placement, revision: revision + 1 }));
    return true;
  }

  async open(limit: number): Promise<string[]> {
    return [...this.unsettled].slice(0, limit);
  }

  async settle(id: string): Promise<void> {
    this.unsettled.delete(id);
  }
}
