import type { Constructor } from '../constructor.js';
import type { ClassShape, Discriminator, FieldShape } from './class-shape.js';
import { enclose, type PayloadFault } from './payload-fault.js';

type Shapes = ReadonlyMap<Constructor, ClassShape>;

/**
 * Finds values that no class of a discriminator fits. class-transformer would read them as the base class without a word.
 * `json`: looks at what is stored (by the discriminator's property); `instances`: at what is recorded (by class).
 */
export class SubTypeCheck {
  constructor(
    private readonly shapes: Shapes,
    private readonly side: 'json' | 'instances',
  ) {}

  find(value: object, type: Constructor): PayloadFault | undefined {
    for (const [name, field] of this.shapes.get(type)?.fields ?? []) {
      const key = this.side === 'json' ? field.jsonName : name;
      if (field.hasTransform || !Object.hasOwn(value, key)) continue;
      const found = this.findInField(Reflect.get(value, key), field);
      if (found) return enclose(found, value, key);
    }
    return undefined;
  }

  private findInField(value: unknown, field: FieldShape): PayloadFault | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value)) return this.findInElements(value, field);
    if (!field.discriminator) return field.type && this.find(value, field.type);
    const subType = this.subTypeOf(value, field.discriminator);
    return subType ? this.find(value, subType) : unknownSubType(field.discriminator);
  }

  private findInElements(values: readonly unknown[], field: FieldShape): PayloadFault | undefined {
    for (const [at, value] of values.entries()) {
      const isMissing = field.discriminator && (typeof value !== 'object' || value === null);
      const found = isMissing
        ? { path: '', reason: 'an array with a discriminator may hold objects only' }
        : this.findInField(value, field);
      if (found) return enclose(found, values, at);
    }
    return undefined;
  }

  private subTypeOf(value: object, { property, subTypes }: Discriminator): Constructor | undefined {
    const fits = this.side === 'json' ? Object.getOwnPropertyDescriptor(value, property)?.value : Object.getPrototypeOf(value);
    return subTypes.find((subType) => fits === (this.side === 'json' ? subType.name : subType.value.prototype))?.value;
  }
}

function unknownSubType({ property, subTypes }: Discriminator): PayloadFault {
  const names = subTypes.map((subType) => subType.name).join(', ');
  return { path: '', reason: `its class is none that the discriminator ${property} knows (${names})` };
}
